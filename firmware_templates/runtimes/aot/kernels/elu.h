/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* ELU of float32: x, or exp(x) - 1 below zero. */
#ifndef AOT_ELU_H
#define AOT_ELU_H

#include "float_math.h"

/* exp(x) - 1 for x < 0, by the method of Sun's fdlibm (which the C libraries of Linux before glibc 2.41 and of most
 * microcontrollers use, so that their results have the same bits): x = k ln 2 + r with |r| <= ln 2 / 2, a rational
 * function of r, and the power of two put back. */
static inline float aot_exp_minus_one(float x) {
    const float ln2_high = 6.9313812256e-01f, ln2_low = 9.0580006145e-06f; /* the high part has spare low bits */
    if (x <= -18.714973875118524f) {                                       /* -27 ln 2: 2^-27 is nothing against 1 */
        return -1.0f;
    }
    if (x > -2.98023223876953125e-8f) { /* 2^-25: the rest of the series is nothing against x */
        return x;
    }
    int32_t k = 0;
    float correction = 0.0f; /* what r lost to rounding */
    float r = x;
    if (x < -0.34657359f) {
        k = x > -1.0397207f ? -1 : (int32_t)(1.4426950216e+00f * x - 0.5f);
        const float high = x - (float)k * ln2_high, low = (float)k * ln2_low;
        r = high - low;
        correction = (high - r) - low;
    }
    const float half = 0.5f * r;
    const float square = r * half;
    const float series =
        1.0f +
        square * (-3.3333335072e-02f +
                  square * (1.5873016091e-03f + square * (-7.9365076090e-05f +
                                                          square * (4.0082177293e-06f + square * -2.0109921195e-07f))));
    const float t = 3.0f - series * half;
    float e = square * ((series - t) / (6.0f - r * t));
    if (k == 0) {
        return r - (r * e - square);
    }
    e = (r * (e - correction) - correction) - square;
    if (k == -1) {
        return 0.5f * (r - e) - 0.5f;
    }
    const float y = 1.0f - (e - r);
    return aot_float_of(aot_bits_of(y) - ((uint32_t)-k << 23)) - 1.0f;
}

AOT_INLINE float aot_elu(float x) {
    return x < 0.0f ? aot_exp_minus_one(x) : x;
}

#endif
