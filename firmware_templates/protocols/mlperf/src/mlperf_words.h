/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The words of a command: between them are spaces, the text ends with a zero. */
#ifndef MCU_MLPERF_WORDS_H
#define MCU_MLPERF_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Goes on to the next word, and returns its length: up to the next space. */
static inline size_t next_word(const char **at) {
    while (**at == ' ') {
        (*at)++;
    }
    size_t length = 0;
    while ((*at)[length] != '\0' && (*at)[length] != ' ') {
        length++;
    }
    return length;
}

static inline bool is_word(const char *at, size_t length, const char *word) {
    return strlen(word) == length && memcmp(at, word, length) == 0;
}

/* As atoi() reads it: leading digits, 0 where there are none; saturated, and every negative number is -1. */
static inline int32_t number_of(const char *at, size_t length) {
    const bool is_negative = length > 0u && at[0] == '-';
    int32_t value = 0;
    for (size_t i = is_negative ? 1u : 0u; i < length && at[i] >= '0' && at[i] <= '9'; i++) {
        value = value > (INT32_MAX - 9) / 10 ? INT32_MAX : value * 10 + (at[i] - '0');
    }
    return is_negative && value != 0 ? -1 : value;
}

/* 0 to 15; -1 for what is no such digit. */
static inline int hex_digit(char digit) {
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

#endif
