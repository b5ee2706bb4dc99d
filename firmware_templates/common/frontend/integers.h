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

/* Which instructions there are beyond C.  FRONTEND_PORTABLE, where it is defined, leaves them alone, division too. */
#if defined(__GNUC__) && defined(__ARM_FEATURE_DSP) && !defined(__ARM_BIG_ENDIAN) && !defined(FRONTEND_PORTABLE)
#define FRONTEND_DSP 1 /* Armv7E-M, and the DSP extension of Armv8-M */
#else
#define FRONTEND_DSP 0
#endif
#if FRONTEND_DSP && defined(__ARM_FEATURE_MVE)
#define FRONTEND_MVE 1 /* Helium */
#else
#define FRONTEND_MVE 0
#endif
/* Division by an instruction. */
#if !defined(FRONTEND_PORTABLE) && (defined(__ARM_FEATURE_IDIV) || defined(__riscv_div) || defined(__x86_64__))
#define FRONTEND_DIVIDES 1
#else
#define FRONTEND_DIVIDES 0
#endif

/* Numbers in memory that other code may use as numbers of other sizes at other times. */
#if defined(__GNUC__)
typedef int16_t __attribute__((may_alias)) frontend_int16;
typedef uint32_t __attribute__((may_alias)) frontend_uint32;
#else
typedef int16_t frontend_int16;
typedef uint32_t frontend_uint32;
#endif

#if FRONTEND_MVE
/* Between accesses to the same memory as words and as halves of them, which compilers may otherwise exchange. */
#define FRONTEND_BARRIER() __asm__ volatile("" : : : "memory")
#endif

/* How many bits `value` takes; 0 for 0. */
static inline uint8_t frontend_bits(uint32_t value) {
#if defined(__GNUC__) && !defined(FRONTEND_PORTABLE) && (defined(__ARM_FEATURE_CLZ) || defined(__x86_64__))
    return (uint8_t)(value == 0u ? 0 : 32 - __builtin_clz(value));
#else
    uint8_t bits = 0;
    for (uint8_t step = 16; step != 0u; step = (uint8_t)(step / 2u)) {
        if ((value >> step) != 0u) {
            value >>= step;
            bits = (uint8_t)(bits + step);
        }
    }
    return (uint8_t)(bits + value);
#endif
}

/* A product with 15 fraction bits, rounded to none; what leaves 16 bits wraps around. */
static inline int16_t frontend_round15(int32_t product) {
    return (int16_t)((product + ((int32_t)1 << 14)) >> 15);
}

#endif
