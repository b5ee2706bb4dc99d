/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* 1 / (1 + x) in fixed point. */
#ifndef AOT_RECIPROCAL_H
#define AOT_RECIPROCAL_H

#include "aot.h"

AOT_INLINE int32_t aot_leading_zeros(uint32_t value) {
#if defined(__ARM_FEATURE_CLZ) || defined(__x86_64__) || defined(__aarch64__)
    return value == 0 ? 32 : __builtin_clz(value);
#else
    /* No instruction for it: __builtin_clz would be a call into the compiler's library. */
    int32_t zeros = 32;
    for (; value != 0u; value >>= 1) {
        --zeros;
    }
    return zeros;
#endif
}

/* value * 2^exponent, saturated to 32 bits. */
AOT_INLINE int32_t aot_saturating_shift_left(int32_t value, int32_t exponent) {
    const int64_t wide = (int64_t)value * (INT64_C(1) << exponent);
    return wide > INT32_MAX ? INT32_MAX : wide < INT32_MIN ? INT32_MIN : (int32_t)wide;
}

/* Both in fractions of 2^31: Newton's iteration on 1 / ((1 + x) / 2), three steps from the line 48/17 - 32/17 * d.
 * Numbers with two integer bits are in fractions of 2^29.  x is meant to be in [0, 1); for others (a division by zero)
 * sums wrap as they do in TensorFlow Lite Micro. */
static inline int32_t aot_one_over_one_plus(int32_t x) {
    const int64_t sum = (int64_t)x + INT32_MAX;
    const int32_t half_denominator = (int32_t)((sum + (sum >= 0 ? 1 : -1)) / 2);
    int32_t y = 1515870810 + aot_doubling_high_mul(half_denominator, -1010580540);
    for (int i = 0; i < 3; ++i) {
        const uint32_t error = (UINT32_C(1) << 29) - (uint32_t)aot_doubling_high_mul(half_denominator, y);
        const int32_t step = aot_saturating_shift_left(aot_doubling_high_mul(y, (int32_t)error), 2);
        y = (int32_t)((uint32_t)y + (uint32_t)step);
    }
    return aot_saturating_shift_left(y, 1);
}

#endif
