/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* USART of STM32F2/F4 (RM0090, section 30.6).  Registers are those of the emulated machine, which has no clock tree:
 * on silicon, clocks (RCC), pins (GPIO) and the baud rate divider would have to be set before this works. */
#include "firmware_config.h"
#include "uart.h"

typedef struct {
    volatile uint32_t status;
    volatile uint32_t data;
    volatile uint32_t baud_rate;
    volatile uint32_t control1;
    volatile uint32_t control2;
    volatile uint32_t control3;
} usart_registers;

#define USART ((usart_registers *)UART_BASE)

#define STATUS_RECEIVED (1u << 5)       /* RXNE */
#define STATUS_SENT (1u << 6)           /* TC */
#define STATUS_TRANSMIT_EMPTY (1u << 7) /* TXE */
#define CONTROL1_RECEIVER (1u << 2)     /* RE */
#define CONTROL1_TRANSMITTER (1u << 3)  /* TE */
#define CONTROL1_RECEIVED_IRQ (1u << 5) /* RXNEIE */
#define CONTROL1_ENABLE (1u << 13)      /* UE */

void uart_init(void) {
    USART->control1 = CONTROL1_ENABLE | CONTROL1_TRANSMITTER | CONTROL1_RECEIVER | CONTROL1_RECEIVED_IRQ;
}

bool uart_readable(void) {
    return (USART->status & STATUS_RECEIVED) != 0u;
}

uint8_t uart_read_byte(void) {
    return (uint8_t)USART->data;
}

void uart_write_byte(uint8_t byte) {
    while ((USART->status & STATUS_TRANSMIT_EMPTY) == 0u) {
    }
    USART->data = byte;
}

void uart_flush(void) {
    while ((USART->status & STATUS_SENT) == 0u) {
    }
}
