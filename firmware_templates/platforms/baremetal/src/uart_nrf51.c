/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* UART of nRF51 (nRF51 Series Reference Manual 3.0, chapter 29).  On silicon the pins (PSELTXD, PSELRXD) would have to
 * be chosen before it is enabled; the emulated machine has none. */
#include "firmware_config.h"
#include "uart.h"

#define UART_REGISTER(offset) (*(volatile uint32_t *)(UART_BASE + (offset)))

#define TASK_START_RECEIVER UART_REGISTER(0x000u)
#define TASK_START_TRANSMITTER UART_REGISTER(0x008u)
#define EVENT_RECEIVED UART_REGISTER(0x108u) /* RXDRDY: set by hardware, cleared by us */
#define EVENT_SENT UART_REGISTER(0x11Cu)     /* TXDRDY: likewise */
#define INTERRUPT_ENABLE_SET UART_REGISTER(0x304u)
#define INTERRUPT_RECEIVED (1u << 2)
#define ENABLE UART_REGISTER(0x500u)
#define ENABLE_UART 4u
#define RECEIVED UART_REGISTER(0x518u)
#define TRANSMIT UART_REGISTER(0x51Cu)
#define BAUD_RATE UART_REGISTER(0x524u)

/* 2^32 * baud / 16 MHz, rounded to the 20 bits that count: 0x01D7E000 for 115200, as the manual's table has it. */
#define BAUD_RATE_VALUE ((uint32_t)(((uint64_t)UART_BAUD * (1ull << 32) / 16000000u + 0x800u) & 0xFFFFF000u))

uint8_t uart_read_byte(void) {
    EVENT_RECEIVED = 0u; /* first: taking the byte raises it again if there is another one behind */
    return (uint8_t)RECEIVED;
}

void uart_init(void) {
    BAUD_RATE = BAUD_RATE_VALUE;
    ENABLE = ENABLE_UART;
    EVENT_SENT = 0u;
    INTERRUPT_ENABLE_SET = INTERRUPT_RECEIVED;
    TASK_START_RECEIVER = 1u;
    TASK_START_TRANSMITTER = 1u;
    /* The receiver may have been on before, with bytes in its queue of six.  The event alone must not be cleared: a
     * full queue takes no byte, and so would never raise it again. */
    (void)uart_read_byte();
}

bool uart_readable(void) {
    return EVENT_RECEIVED != 0u;
}

void uart_write_byte(uint8_t byte) {
    EVENT_SENT = 0u;
    TRANSMIT = byte;
    while (EVENT_SENT == 0u) {
    }
}

void uart_flush(void) { /* uart_write_byte() has waited for its byte to leave */ }
