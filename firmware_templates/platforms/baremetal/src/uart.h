/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The UART under the serial port: one driver, uart_<driver>.c, is part of a firmware.  It polls; the interrupt line
 * is only used to wake the core from platform_wait(), no interrupt handler ever runs. */
#ifndef MCU_UART_H
#define MCU_UART_H

#include <stdbool.h>
#include <stdint.h>

/* Enables transmitter, receiver and the "byte received" interrupt line. */
void uart_init(void);

/* True if uart_read_byte() would get a byte. */
bool uart_readable(void);

/* Call only when uart_readable(). */
uint8_t uart_read_byte(void);

/* Waits until the transmitter takes the byte. */
void uart_write_byte(uint8_t byte);

/* Waits until the last byte has left. */
void uart_flush(void);

#endif
