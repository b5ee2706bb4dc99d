/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* cpu.h for a RISC-V core in machine mode. */
#include "cpu.h"

#include "firmware_config.h"
#include "riscv.h"
#include "uart.h"

#define PMP_NAPOT_READ_EXECUTE_LOCKED 0x9Du /* L | A = NAPOT | X | R */

#if (FLASH_BYTES & (FLASH_BYTES - 1u)) != 0u || (FLASH_ORIGIN & (FLASH_BYTES - 1u)) != 0u
#error "physical memory protection wants a power of two at a multiple of itself"
#endif

/* What we call flash is RAM on this machine.  Locked as read-only it behaves like flash; and as the stack lies right
 * above it, a stack overflow faults (volume II, "Physical Memory Protection"). */
static void protect_flash(void) {
    const uint32_t napot = (FLASH_ORIGIN >> 2) | ((FLASH_BYTES >> 3) - 1u);
    CSR_WRITE("pmpaddr0", napot);
    CSR_WRITE("pmpcfg0", PMP_NAPOT_READ_EXECUTE_LOCKED);
}

void cpu_init(void) {
    protect_flash();
#if UART_IRQ >= 0
    PLIC_PRIORITY(UART_IRQ) = 1u;
    PLIC_ENABLE(UART_IRQ) |= PLIC_BIT(UART_IRQ);
    PLIC_THRESHOLD = 0u;
    CSR_WRITE("mie", MIE_EXTERNAL);
#endif
}

#if UART_IRQ >= 0
/* mstatus.MIE stays 0: WFI wakes up for the interrupt, but no handler runs. */
void cpu_wait_for_uart(void) {
    /* Take and finish what the controller has kept, look second: a byte that comes later makes WFI return at once. */
    PLIC_CLAIM = PLIC_CLAIM;
    __asm volatile("fence" ::: "memory");
    if (!uart_readable()) {
        __asm volatile("wfi" ::: "memory");
    }
}
#endif

__attribute__((noreturn)) void cpu_reset(void) {
    TEST_FINISHER = TEST_FINISHER_RESTART;
    for (;;) {
    }
}

__attribute__((noreturn)) void cpu_halt(void) {
    CSR_WRITE("mie", 0u);
    for (;;) {
        __asm volatile("wfi" ::: "memory");
    }
}
