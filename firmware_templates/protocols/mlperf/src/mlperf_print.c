/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "mlperf_print.h"

#include <string.h>

#include "platform.h"

void print_bytes(const char *text, size_t length) {
    platform_write((const uint8_t *)text, length);
}

void print_text(const char *text) {
    print_bytes(text, strlen(text));
}

void print_number(uint64_t value) {
    char digits[20]; /* 2^64 has twenty */
    size_t start = sizeof digits;
    do {
        digits[--start] = (char)('0' + value % 10u);
        value /= 10u;
    } while (value != 0u);
    print_bytes(digits + start, sizeof digits - start);
}

void print_integer(int32_t value) {
    print_text(value < 0 ? "-" : "");
    print_number(value < 0 ? (uint64_t)(-(int64_t)value) : (uint64_t)value);
}

void print_hex_byte(uint8_t value) {
    static const char digits[] = "0123456789abcdef";
    const char text[2] = {digits[value >> 4], digits[value & 15u]};
    print_bytes(text, sizeof text);
}

/* A float has 24 bits: its thousandths are exact in double, and printf rounds ties to even. */
void print_milli(float value) {
    const double scaled = (double)(value < 0.0f ? -value : value) * 1000.0;
    if (!(scaled < 1e18)) {
        print_text("nan");
        return;
    }
    uint64_t whole = (uint64_t)scaled;
    const double rest = scaled - (double)whole;
    if (rest > 0.5 || (rest == 0.5 && whole % 2u == 1u)) {
        whole++;
    }
    print_text(value < 0.0f ? "-" : "");
    print_number(whole / 1000u);
    const uint32_t thousandths = (uint32_t)(whole % 1000u);
    const char digits[4] = {'.', (char)('0' + thousandths / 100u), (char)('0' + thousandths / 10u % 10u),
                            (char)('0' + thousandths % 10u)};
    print_bytes(digits, sizeof digits);
}
