/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* float32 functions without a C library: the same bits on every core, with or without floating-point hardware. */
#ifndef AOT_FLOAT_MATH_H
#define AOT_FLOAT_MATH_H

#include "aot.h"

AOT_INLINE uint32_t aot_bits_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

AOT_INLINE float aot_float_of(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* `magnitude` with the sign of `sign`. */
AOT_INLINE float aot_with_sign(float magnitude, float sign) {
    return aot_float_of((aot_bits_of(magnitude) & UINT32_C(0x7fffffff)) | (aot_bits_of(sign) & UINT32_C(0x80000000)));
}

AOT_INLINE float aot_magnitude(float value) {
    return aot_with_sign(value, 0.0f);
}

/* From 2^23 on, floats have no fraction; NaN is none of them either. */
AOT_INLINE int aot_may_have_fraction(float value) {
    return value > -8388608.0f && value < 8388608.0f;
}

/* The largest whole number that is not above `value`; the sign of zero is kept. */
AOT_INLINE float aot_floor(float value) {
    if (!aot_may_have_fraction(value)) {
        return value;
    }
    const float whole = (float)(int32_t)value;
    return whole > value ? whole - 1.0f : aot_with_sign(whole, value);
}

/* The smallest whole number that is not below `value`; the sign is kept where that is zero. */
AOT_INLINE float aot_ceil(float value) {
    if (!aot_may_have_fraction(value)) {
        return value;
    }
    const float whole = (float)(int32_t)value;
    return aot_with_sign(whole < value ? whole + 1.0f : whole, value);
}

/* The nearest whole number, the even one of two.  As in TensorFlow Lite Micro, -0.5 < value < 0 gives plus zero. */
AOT_INLINE float aot_round_to_even(float value) {
    const float below = aot_floor(value);
    const float rest = value - below;
    const int is_even = aot_may_have_fraction(below) && ((int32_t)below & 1) == 0;
    return rest < 0.5f || (rest == 0.5f && is_even) || !aot_may_have_fraction(value) ? below : below + 1.0f;
}

/* Rounded to the nearest float, as IEEE 754 asks for; NaN for negative values. */
static inline float aot_square_root(float value) {
    uint32_t bits = aot_bits_of(value);
    if (value == 0.0f || bits == UINT32_C(0x7f800000)) {
        return value;
    }
    if (!(value > 0.0f)) {
        return aot_float_of(UINT32_C(0x7fc00000));
    }
    int32_t exponent = (int32_t)(bits >> 23);
    uint32_t significand = bits & UINT32_C(0x7fffff);
    if (exponent == 0) { /* subnormal */
        for (exponent = 1; significand < UINT32_C(0x800000); --exponent) {
            significand <<= 1;
        }
    } else {
        significand |= UINT32_C(0x800000);
    }
    /* value = significand * 2^(exponent - 150); with an even power of two, the root is that of the significand. */
    int32_t power = exponent - 150;
    uint64_t rest = (uint64_t)significand << 25;
    power -= 25;
    if (power % 2 != 0) {
        rest <<= 1;
        power -= 1;
    }
    /* The root, a bit at a time: 25 bits, one more than a float has. */
    uint64_t root = 0;
    for (uint64_t bit = UINT64_C(1) << 50; bit != 0; bit >>= 2) {
        if (rest >= root + bit) {
            rest -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    power /= 2;
    while (root >= UINT64_C(1) << 25) { /* never more than once */
        rest |= root & 1;
        root >>= 1;
        power += 1;
    }
    /* The last bit is worth a half; the root of a float is never exactly between two floats. */
    const uint32_t rounded = (uint32_t)((root + 1) >> 1);
    return aot_float_of(((uint32_t)(power + 1 + 150) << 23) + rounded - UINT32_C(0x800000));
}

#endif
