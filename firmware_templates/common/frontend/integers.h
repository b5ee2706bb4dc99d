/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the stages of the audio front end share.
 *
 * All results are those of the toolkit's Python and, in its settings, of TensorFlow Lite Micro's audio front end, to
 * the last bit.  Right shifts of negative numbers are arithmetic and conversions to int16_t wrap around, as GCC and
 * Clang define them.  `int` may have 16 bits. */
#ifndef FRONTEND_INTEGERS_H
#define FRONTEND_INTEGERS_H

#include <stdint.h>

/* For Helium GCC 12 makes wrong vectors of some loops (see the kernels of models, aot.h). */
#if defined(__ARM_FEATURE_MVE) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-tree-vectorize")
#endif

/* Numbers in memory that other code may use as numbers of other sizes at other times. */
#if defined(__GNUC__)
typedef int16_t __attribute__((may_alias)) frontend_int16;
typedef uint32_t __attribute__((may_alias)) frontend_uint32;
#else
typedef int16_t frontend_int16;
typedef uint32_t frontend_uint32;
#endif

/* How many bits `value` takes; 0 for 0. */
static inline uint8_t frontend_bits(uint32_t value) {
    uint8_t bits = 0;
    for (uint8_t step = 16; step != 0u; step = (uint8_t)(step / 2u)) {
        if ((value >> step) != 0u) {
            value >>= step;
            bits = (uint8_t)(bits + step);
        }
    }
    return (uint8_t)(bits + value);
}

/* A product with 15 fraction bits, rounded to none; what leaves 16 bits wraps around. */
static inline int16_t frontend_round15(int32_t product) {
    return (int16_t)((product + ((int32_t)1 << 14)) >> 15);
}

#endif
