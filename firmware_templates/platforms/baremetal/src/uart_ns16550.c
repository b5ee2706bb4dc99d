/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* 16550 UART with registers of one byte each (PC16550D data sheet, section 8), as on QEMU's `virt` machines. */
#include "firmware_config.h"
#include "uart.h"

#define UART_REGISTER(offset) (*(volatile uint8_t *)(UART_BASE + (offset)))

#define DATA UART_REGISTER(0u)
#define INTERRUPT_ENABLE UART_REGISTER(1u)
#define INTERRUPT_RECEIVED (1u << 0)
#define FIFO_CONTROL UART_REGISTER(2u)
#define FIFO_ENABLE_AND_CLEAR 0x07u /* receive interrupt at the first byte */
#define LINE_CONTROL UART_REGISTER(3u)
#define LINE_8N1 0x03u
#define LINE_STATUS UART_REGISTER(5u)
#define STATUS_RECEIVED (1u << 0)
#define STATUS_TRANSMIT_EMPTY (1u << 5)
#define STATUS_SENT (1u << 6)

void uart_init(void) { /* the baud rate divisor means nothing to the emulated machine */
    LINE_CONTROL = LINE_8N1;
    FIFO_CONTROL = FIFO_ENABLE_AND_CLEAR;
    INTERRUPT_ENABLE = INTERRUPT_RECEIVED;
}

bool uart_readable(void) {
    return (LINE_STATUS & STATUS_RECEIVED) != 0u;
}

uint8_t uart_read_byte(void) {
    return DATA;
}

void uart_write_byte(uint8_t byte) {
    while ((LINE_STATUS & STATUS_TRANSMIT_EMPTY) == 0u) {
    }
    DATA = byte;
}

void uart_flush(void) {
    while ((LINE_STATUS & STATUS_SENT) == 0u) {
    }
}
