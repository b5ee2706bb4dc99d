/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* 1 / sqrt(value) in fixed point: RSQRT of int16, L2_NORMALIZATION. */
#ifndef AOT_INVERSE_SQUARE_ROOT_H
#define AOT_INVERSE_SQUARE_ROOT_H

#include "aot.h"

/* value * 2^bits, saturated. */
static inline int32_t aot_saturating_shift(int32_t value, int32_t bits) {
    const int64_t shifted = (int64_t)value * (INT64_C(1) << bits);
    return shifted > INT32_MAX ? INT32_MAX : shifted < INT32_MIN ? INT32_MIN : (int32_t)shifted;
}

/* 1 / sqrt(value) as multiplier / 2^31 * 2^shift, by five steps of Newton's iteration with 3 integer bits, as
 * TensorFlow Lite Micro's GetInvSqrtQuantizedMultiplierExp; 1 for 0 and 1. */
static inline int32_t aot_inverse_square_root(int32_t value, int32_t *shift) {
    if (value <= 1) {
        *shift = 0;
        return INT32_MAX;
    }
    int32_t right = 11;
    for (; value >= INT32_C(1) << 29; value /= 4) {
        ++right;
    }
    for (; value < INT32_C(1) << 27; value *= 4) {
        --right;
    }
    const int32_t half = aot_rounding_shift(value >> 1, 1);
    int32_t x = INT32_C(1) << 28;
    for (int step = 0; step < 5; ++step) {
        const int32_t square = aot_doubling_high_mul(x, x);
        const int32_t cube = aot_saturating_shift(aot_doubling_high_mul(square, x), 6);
        x = aot_saturating_shift(aot_doubling_high_mul(INT32_C(3) << 27, x) - aot_doubling_high_mul(half, cube), 3);
    }
    x = aot_doubling_high_mul(x, 1518500250); /* sqrt(1/2) */
    *shift = right < 0 ? 0 : -right;
    return right < 0 ? x * (INT32_C(1) << -right) : x;
}

#endif
