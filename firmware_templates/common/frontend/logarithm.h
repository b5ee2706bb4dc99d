/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The natural logarithm: the position of the highest bit, and a table for what is below it. */
#ifndef FRONTEND_LOGARITHM_H
#define FRONTEND_LOGARITHM_H

#include "integers.h"

#define FRONTEND_LOG_OF_2 45426u /* ln 2, 16 fraction bits */

/* log2(value), 16 fraction bits; `corrections`: log2(1 + i / 128) - i / 128. */
static inline uint32_t frontend_log2(const uint16_t *corrections, uint32_t value) {
    const uint32_t whole = (uint32_t)frontend_bits(value) - 1u;
    uint32_t rest = value - ((uint32_t)1 << whole);
    rest = whole < 16u ? rest << (16u - whole) : rest >> (whole - 16u);
    const uint32_t segment = rest >> 9;
    const int32_t start = corrections[segment];
    const int32_t rise = (int32_t)corrections[segment + 1u] - start;
    const int32_t between = (rise * (int32_t)(rest & 511u)) >> 16; /* nearly nothing, but so has it the reference */
    return (whole << 16) + rest + (uint32_t)(start + between);
}

/* ln(value) * `scale`, a power of two in our front ends; 0 for what is at most 1. */
static inline uint32_t frontend_log(const uint16_t *corrections, uint32_t value, uint32_t scale) {
    if (value <= 1u) {
        return 0;
    }
    const uint64_t product = (uint64_t)frontend_log2(corrections, value) * FRONTEND_LOG_OF_2;
    const uint32_t natural = (uint32_t)((product + 32768u) >> 16);
    return (natural * scale + 32768u) >> 16;
}

#endif
