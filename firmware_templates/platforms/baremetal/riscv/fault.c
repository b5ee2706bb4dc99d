/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Every trap of the core is a fault, as no interrupt is ever taken: finds out where and why, and reports it. */
#include <stdbool.h>
#include <stdint.h>

#include "fault_report.h"
#include "firmware_config.h"
#include "riscv.h"

#define FAULT_STACK_WORDS 96u

void trap_entry(void);
void fault_c(uint32_t stack_pointer, uint32_t return_address);

extern uint32_t stack_bottom[], stack_top[]; /* linker.ld */

/* The handler's own stack: after a stack overflow the usual one is what faults.  Above .bss, so never painted over. */
__attribute__((used, section(".noinit"))) uint32_t fault_stack[FAULT_STACK_WORDS] __attribute__((aligned(16)));

/* mtvec wants a multiple of 4. */
__attribute__((naked, used, aligned(4))) void trap_entry(void) {
    __asm volatile("mv a0, sp\n\t"
                   "mv a1, ra\n\t"
                   "la sp, fault_stack + 384\n\t" /* FAULT_STACK_WORDS * 4 */
                   "j fault_c");
}

/* Used: by assembly, which -flto does not look into. */
__attribute__((noreturn, used)) void fault_c(uint32_t stack_pointer, uint32_t return_address) {
    const bool overflow = stack_pointer < (uint32_t)stack_bottom || stack_pointer > (uint32_t)stack_top;
    platform_fault fault = {.lr = return_address, .stack_overflow = overflow};
    CSR_READ("mcause", fault.kind);
    CSR_READ("mepc", fault.pc);
    CSR_READ("mtval", fault.status);
    fault_report(&fault, 0u);
}
