/* From reset to main(): vector table, stack, floating-point unit, variables, constructors. */
#include <stdint.h>

#include "stack_paint.h"

#define AS_TEXT(value) #value
#define AS_ASSEMBLY(macro) AS_TEXT(macro)

typedef void (*function)(void);

/* Made by linker.ld. */
extern uint32_t stack_top[], data_load[], data_start[], data_end[], bss_start[], bss_end[];
extern const function __init_array_start[], __init_array_end[];

int main(void);
void reset_handler(void);
void start_c(void);
void fault_entry(void); /* fault.c */

/* The core's own exceptions (Armv7-M ARM, B1.5.2).  Interrupts of the chip are never taken: they stay masked by
 * PRIMASK and only wake the core in platform_wait(), so the table ends here. */
__attribute__((section(".vectors"), used)) const function vector_table[16] = {
    (function)stack_top,                                        /* first stack pointer */
    reset_handler,       fault_entry,                           /* NMI */
    fault_entry,                                                /* HardFault */
    fault_entry,                                                /* MemManage */
    fault_entry,                                                /* BusFault */
    fault_entry,                                                /* UsageFault */
    fault_entry,                                                /* SecureFault */
    fault_entry,         fault_entry, fault_entry, fault_entry, /* SVCall */
    fault_entry,                                                /* DebugMonitor */
    fault_entry,         fault_entry,                           /* PendSV */
    fault_entry,                                                /* SysTick */
};

/* In assembly, because compiled code may use the stack before it is painted and the FPU before it is on (a compiler
 * may move data through floating-point registers anywhere).  Only instructions every Cortex-M has. */
/* clang-format off */
__attribute__((naked)) void reset_handler(void) {
    __asm volatile(
        ".syntax unified\n\t" /* GCC assumes the old syntax on cores with 16-bit instructions only */
        "cpsid i\n\t"
#if defined(__ARM_FP)
        /* CPACR: full access to coprocessors 10 and 11, the FPU (Armv7-M ARM, B3.2.20) */
        "ldr r0, =0xE000ED88\n\t"
        "ldr r1, [r0]\n\t"
        "movs r2, #0xF\n\t"
        "lsls r2, r2, #20\n\t"
        "orrs r1, r2\n\t"
        "str r1, [r0]\n\t"
        "dsb\n\t"
        "isb\n\t"
#endif
        "ldr r0, =stack_bottom\n\t"
        "ldr r1, =stack_top\n\t"
        "mov sp, r1\n\t"
        "ldr r2, =" AS_ASSEMBLY(STACK_PAINT) "\n\t"
        "1: str r2, [r0]\n\t"
        "adds r0, #4\n\t"
        "cmp r0, r1\n\t"
        "blo 1b\n\t"
        "ldr r0, =start_c\n\t"
        "bx r0\n\t"
        ".ltorg");
}
/* clang-format on */

__attribute__((noreturn)) void start_c(void) {
    const uint32_t *from = data_load;
    for (uint32_t *to = data_start; to < data_end; to++) {
        *to = *from++;
    }
    for (uint32_t *to = bss_start; to < bss_end; to++) {
        *to = 0u;
    }
    for (const function *constructor = __init_array_start; constructor < __init_array_end; constructor++) {
        (*constructor)();
    }
    main();
    __builtin_trap(); /* main() must not return: an undefined instruction, reported like any fault */
}
