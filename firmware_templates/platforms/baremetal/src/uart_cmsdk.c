/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* APB UART of Arm's Cortex-M System Design Kit (DDI 0479D, section 4.3), as on the MPS2 and MPS3 boards. */
#include "firmware_config.h"
#include "uart.h"

typedef struct {
    volatile uint32_t data;
    volatile uint32_t state;
    volatile uint32_t control;
    volatile uint32_t interrupts; /* reads as the pending ones; writing a 1 clears one */
    volatile uint32_t baud_divider;
} uart_registers;

#define UART ((uart_registers *)UART_BASE)

#define STATE_TRANSMIT_FULL (1u << 0)
#define STATE_RECEIVED (1u << 1)
#define CONTROL_TRANSMITTER (1u << 0)
#define CONTROL_RECEIVER (1u << 1)
#define CONTROL_RECEIVED_IRQ (1u << 3)
#define INTERRUPT_RECEIVED (1u << 1)
#define BAUD_DIVIDER_MIN 16u /* with a smaller one it does not work at all */

#define BAUD_DIVIDER (PLATFORM_CLOCK_HZ / UART_BAUD)

void uart_init(void) {
    UART->baud_divider = BAUD_DIVIDER > BAUD_DIVIDER_MIN ? BAUD_DIVIDER : BAUD_DIVIDER_MIN;
    UART->control = CONTROL_TRANSMITTER | CONTROL_RECEIVER | CONTROL_RECEIVED_IRQ;
    /* QEMU asks its serial port for input again only when DATA is read: what came while the receiver was off would
     * wait until something else wakes QEMU up. */
    (void)UART->data;
}

bool uart_readable(void) {
    return (UART->state & STATE_RECEIVED) != 0u;
}

uint8_t uart_read_byte(void) {
    UART->interrupts = INTERRUPT_RECEIVED; /* first: when the byte is gone the next one may come and raise it again */
    return (uint8_t)UART->data;
}

void uart_write_byte(uint8_t byte) {
    while ((UART->state & STATE_TRANSMIT_FULL) != 0u) {
    }
    UART->data = byte;
}

void uart_flush(void) { /* the byte in the shift register cannot be seen; the one before it has left */
    while ((UART->state & STATE_TRANSMIT_FULL) != 0u) {
    }
}
