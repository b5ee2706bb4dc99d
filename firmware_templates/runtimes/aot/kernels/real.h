/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Real values to stored integers and back, rounded as TensorFlow Lite Micro's QUANTIZE and DEQUANTIZE round them.
 *
 * real = scale * (stored - zero point).  Plain C99 and C++ for any compiler, without the C library: the headers of
 * models include it, and whatever else turns floats into integers has this text in it. */
#ifndef AOT_REAL_H
#define AOT_REAL_H

#include <stdint.h>

/* The whole number nearest to a number below 2^31 in magnitude, halves away from zero.  Adding a half and cutting the
 * fraction off would not do: that sum is rounded itself, to 1 for 0.49999997, and to an even number beyond 2^23. */
static inline int32_t aot_nearest_integer(float real) {
    const int32_t whole = (int32_t)real; /* towards zero; what is left is exact */
    const float rest = real - (float)whole;
    return whole + (rest >= 0.5f ? 1 : 0) - (rest <= -0.5f ? 1 : 0);
}

/* clamp(round(real / scale) + zero_point), halves away from zero.  Values beyond the range give its ends, NaN gives the
 * zero point.  A division, not a multiplication by 1 / scale: that would differ in the last bit. */
static inline int32_t aot_quantize_real(float real, float scale, int32_t zero_point, int32_t minimum, int32_t maximum) {
    const float scaled = real / scale;
    int32_t rounded = 0;
    if (scaled >= 1048576.0f) { /* 2^20, far beyond 16 bits; keeps the conversion defined */
        rounded = INT32_C(1) << 20;
    } else if (scaled <= -1048576.0f) {
        rounded = -(INT32_C(1) << 20);
    } else if (scaled == scaled) {
        rounded = aot_nearest_integer(scaled);
    } else {
        /* NaN: 0 */
    }
    rounded += zero_point;
    return rounded < minimum ? minimum : rounded > maximum ? maximum : rounded;
}

/* scale * (stored - zero_point).  The difference of 8-bit and 16-bit numbers is exact in a float. */
static inline float aot_dequantize_real(int32_t stored, float scale, int32_t zero_point) {
    return scale * (float)(stored - zero_point);
}

#endif
