/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Every fault of the core comes here: finds out where and why, and reports it. */
#include <stdbool.h>
#include <stdint.h>

#include "cortex_m.h"
#include "fault_report.h"
#include "firmware_config.h"

#define FAULT_STACK_WORDS 96u

void fault_entry(void);
void fault_c(const uint32_t *frame);

/* The handler's own stack: after a stack overflow the usual one is what faults.  Above .bss, so never painted over. */
__attribute__((used, section(".noinit"))) uint32_t fault_stack[FAULT_STACK_WORDS] __attribute__((aligned(8)));

/* Passes the stack pointer the exception found, where the core stored pc and lr, and switches to fault_stack. */
__attribute__((naked, used)) void fault_entry(void) {
    __asm volatile(".syntax unified\n\t"
                   "mov r0, sp\n\t"
                   "ldr r1, =fault_stack + 384\n\t" /* FAULT_STACK_WORDS * 4 */
                   "mov sp, r1\n\t"
                   "ldr r2, =fault_c\n\t"
                   "bx r2\n\t"
                   ".ltorg");
}

/* ticks_systick.c has a real one; without it a SysTick interrupt is as unexpected as a fault. */
void systick_handler(void) __attribute__((weak, alias("fault_entry")));

/* `frame`: as the core pushed it; unreadable after an overflow.  Used: by assembly, which -flto does not look into. */
__attribute__((noreturn, used)) void fault_c(const uint32_t *frame) {
    const uint32_t address = (uint32_t)frame;
    const bool readable = address >= RAM_ORIGIN && address <= RAM_ORIGIN + RAM_BYTES - FAULT_FRAME_BYTES;
    const platform_fault fault = fault_of_frame(frame, readable);
    fault_report(&fault, HAS_SECURE_FAULT_STATUS ? SCB_SFSR : 0u);
}
