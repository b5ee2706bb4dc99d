/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* cpu.h for Cortex-M. */
#include "cpu.h"

#include "chip.h"
#include "cortex_m.h"
#include "firmware_config.h"
#include "uart.h"

void cpu_init(void) {
    memory_protection_enable();
}

#if UART_IRQ >= 0
void cpu_wait_for_uart(void) {
    const uint32_t masked = interrupts_mask(); /* an interrupt still wakes the core, but no handler runs */
    NVIC_ISER(UART_IRQ) = NVIC_BIT(UART_IRQ);
    /* Clear first, look second: a byte that comes in between raises the line again and WFI returns at once. */
    NVIC_ICPR(UART_IRQ) = NVIC_BIT(UART_IRQ);
    data_barrier();
    if (!uart_readable()) {
        wait_for_interrupt();
    }
    NVIC_ICER(UART_IRQ) = NVIC_BIT(UART_IRQ);
    data_barrier();
    interrupts_restore(masked);
}
#endif

__attribute__((noreturn)) void cpu_reset(void) {
#if HAS_CHIP_SETUP
    chip_reset();
#else
    request_reset();
#endif
}

__attribute__((noreturn)) void cpu_halt(void) {
    (void)interrupts_mask();
    for (;;) {
        wait_for_interrupt();
    }
}
