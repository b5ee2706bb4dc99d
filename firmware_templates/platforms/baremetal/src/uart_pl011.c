/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Arm's PrimeCell UART, PL011 (DDI 0183G, chapter 3), as in the RP2040 (its datasheet, 4.2): 8 data bits, no parity,
 * one stop bit, with both queues of 32 bytes.  Its clock is the core's. */
#include "firmware_config.h"
#include "uart.h"

typedef struct {
    volatile uint32_t data;
    volatile uint32_t reserved_1[5];
    volatile uint32_t flags; /* offset 0x18 */
    volatile uint32_t reserved_2[2];
    volatile uint32_t divider; /* offset 0x24 */
    volatile uint32_t divider_fraction;
    volatile uint32_t line_control;
    volatile uint32_t control;
    volatile uint32_t queue_levels;
    volatile uint32_t interrupt_mask; /* offset 0x38 */
} uart_registers;

#define UART ((uart_registers *)UART_BASE)

#define FLAG_BUSY (1u << 3)
#define FLAG_RECEIVE_EMPTY (1u << 4)
#define FLAG_TRANSMIT_FULL (1u << 5)
#define LINE_QUEUES (1u << 4)
#define LINE_8_BITS (3u << 5)
#define CONTROL_ENABLE (1u << 0)
#define CONTROL_TRANSMITTER (1u << 8)
#define CONTROL_RECEIVER (1u << 9)
/* The queue has reached its level, or has something in it and nothing came for 32 bits: a short message wakes us, too.
 */
#define INTERRUPT_RECEIVED ((1u << 4) | (1u << 6))

/* The divider of 16 times the baud rate, in 64ths, rounded. */
#define DIVIDER_64THS ((PLATFORM_CLOCK_HZ * 4u + UART_BAUD / 2u) / UART_BAUD)

void uart_init(void) {
    while ((UART->flags & FLAG_BUSY) != 0u) { /* the line's format must not change while a byte leaves */
    }
    UART->control = 0u;
    UART->divider = DIVIDER_64THS / 64u;
    UART->divider_fraction = DIVIDER_64THS % 64u;
    UART->line_control = LINE_8_BITS | LINE_QUEUES; /* takes the dividers over */
    UART->interrupt_mask = INTERRUPT_RECEIVED;
    UART->control = CONTROL_ENABLE | CONTROL_TRANSMITTER | CONTROL_RECEIVER;
}

bool uart_readable(void) {
    return (UART->flags & FLAG_RECEIVE_EMPTY) == 0u;
}

uint8_t uart_read_byte(void) {
    return (uint8_t)UART->data; /* the interrupt line falls when the queue is empty */
}

void uart_write_byte(uint8_t byte) {
    while ((UART->flags & FLAG_TRANSMIT_FULL) != 0u) {
    }
    UART->data = byte;
}

void uart_flush(void) {
    while ((UART->flags & FLAG_BUSY) != 0u) {
    }
}
