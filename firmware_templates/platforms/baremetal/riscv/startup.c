/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* From reset to start_c(): trap handler, stack, variables that start at zero. */
#include <stdint.h>

#include "stack_paint.h"
#include "start_c.h"

#define AS_TEXT(value) #value
#define AS_ASSEMBLY(macro) AS_TEXT(macro)

void reset_handler(void);
void trap_entry(void); /* fault.c */

/* The first thing in flash, where QEMU starts.  In assembly, because compiled code may use the stack before it is
 * painted.  Interrupts stay off (mstatus.MIE is 0 after reset). */
/* clang-format off */
__attribute__((naked, used, section(".vectors"))) void reset_handler(void) {
    __asm volatile(
        "csrw mie, zero\n\t"
        "la t0, trap_entry\n\t"
        "csrw mtvec, t0\n\t"
        "la t0, stack_bottom\n\t"
        "la sp, stack_top\n\t"
        "li t1, " AS_ASSEMBLY(STACK_PAINT) "\n\t"
        "1: sw t1, 0(t0)\n\t"
        "addi t0, t0, 4\n\t"
        "bltu t0, sp, 1b\n\t"
        "la t0, bss_start\n\t"
        "la t1, bss_end\n\t"
        "j 3f\n\t"
        "2: sw zero, 0(t0)\n\t"
        "addi t0, t0, 4\n\t"
        "3: bltu t0, t1, 2b\n\t"
        "j start_c");
}
/* clang-format on */
