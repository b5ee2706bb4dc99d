/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Text on the serial port without the C library's printf. */
#ifndef MCU_MLPERF_PRINT_H
#define MCU_MLPERF_PRINT_H

#include <stddef.h>
#include <stdint.h>

void print_text(const char *text);
void print_bytes(const char *text, size_t length);
void print_number(uint64_t value);
void print_hex_byte(uint8_t value);

/* With its sign where it is negative. */
void print_integer(int32_t value);

/* As "%0.3f" does, for values below 10^15 in magnitude; "nan" for what is none. */
void print_milli(float value);

#endif
