/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Variables with a first value, constructors, main(). */
#include "start_c.h"

#include <stdint.h>

typedef void (*function)(void);

/* Made by linker.ld. */
extern uint32_t data_load[], data_start[], data_end[];
extern const function __init_array_start[], __init_array_end[];

int main(void);

/* Used: by assembly, which -flto does not look into. */
__attribute__((noreturn, used)) void start_c(void) {
    const uint32_t *from = data_load;
    for (uint32_t *to = data_start; to < data_end; to++) {
        *to = *from++;
    }
    for (const function *constructor = __init_array_start; constructor < __init_array_end; constructor++) {
        (*constructor)();
    }
    main();
    __builtin_trap(); /* main() must not return: an undefined instruction, reported like any fault */
}
