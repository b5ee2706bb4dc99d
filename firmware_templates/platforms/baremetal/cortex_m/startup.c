/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* From reset to start_c(): vector table, stack, variables that start at zero, floating-point unit. */
#include <stdint.h>

#include "stack_paint.h"
#include "start_c.h"

#define AS_TEXT(value) #value
#define AS_ASSEMBLY(macro) AS_TEXT(macro)

typedef void (*function)(void);

extern uint32_t stack_top[]; /* linker.ld */

void reset_handler(void);
void fault_entry(void);     /* fault.c */
void systick_handler(void); /* ticks_systick.c, else fault.c */

/* The core's own exceptions (Armv7-M ARM, B1.5.2).  Interrupts of the chip are never taken: the UART's is enabled only
 * in cpu_wait_for_uart(), where PRIMASK lets it wake the core and nothing else, so the table ends here. */
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
    systick_handler,                                            /* SysTick */
};

/* In assembly, because compiled code may use the stack before it is painted and the FPU before it is on (a compiler
 * may move data through floating-point registers anywhere).  Only instructions every Cortex-M has. */
/* clang-format off */
#if __ARM_ARCH_ISA_THUMB > 1
#define COPY_TO_STORED                                                                                                 \
    "mov r3, r2\n\tmov r4, r2\n\tmov r5, r2\n\tmov r6, r2\n\tmov r7, r2\n\tmov r8, r2\n\tmov r9, r2\n\t"
#define STORE_64_BYTES "stmia r0!, {r2-r9}\n\tstmia r0!, {r2-r9}\n\t"
#else
#define COPY_TO_STORED "movs r3, r2\n\tmovs r4, r2\n\tmovs r5, r2\n\t"
#define STORE_64_BYTES                                                                                                 \
    "stmia r0!, {r2-r5}\n\tstmia r0!, {r2-r5}\n\tstmia r0!, {r2-r5}\n\tstmia r0!, {r2-r5}\n\t"
#endif

__attribute__((naked, used)) void reset_handler(void) {
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
        COPY_TO_STORED
        "1: " STORE_64_BYTES STORE_64_BYTES /* linker.ld: the stack is a multiple of 128 bytes */
        "cmp r0, r1\n\t"
        "blo 1b\n\t"
        "ldr r0, =bss_start\n\t"
        "ldr r1, =bss_end\n\t"
        "movs r2, #0\n\t"
        COPY_TO_STORED
        "b 3f\n\t"
        "2: " STORE_64_BYTES /* and this one of 64 */
        "3: cmp r0, r1\n\t"
        "blo 2b\n\t"
        "ldr r0, =start_c\n\t"
        "bx r0\n\t"
        ".ltorg");
}
/* clang-format on */
