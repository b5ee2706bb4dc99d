/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* DIV, int8: output = clamp(rescale((x - zero point 1) / (y - zero point 2)) + output zero point).
 *
 * The arithmetic is that of TensorFlow Lite Micro to the last bit, where it is rough too: small quotients are shifted
 * right by more than 31, which is not defined in C and which it therefore does as x86 does, with the count modulo 32.
 * A dividend of zero then gives one, and a division by zero gives whatever the formula gives. */
#ifndef AOT_DIV_H
#define AOT_DIV_H

#include "mul.h"
#include "reciprocal.h"

/* value / 2^exponent, exponent 0..62; see above for those beyond 31. */
AOT_INLINE int32_t aot_div_shift(int32_t value, int32_t exponent) {
    return exponent < 32 ? aot_rounding_shift(value, exponent) : (value >> (exponent - 32)) + (value >= 0 ? 1 : 0);
}

static inline int8_t aot_div_int8(const aot_mul_layer *layer, int32_t x, int32_t y) {
    int32_t dividend = x - layer->input_zero_point[0];
    int32_t divisor = y - layer->input_zero_point[1];
    if (divisor < 0) {
        divisor = -divisor;
        dividend = -dividend;
    }
    /* divisor = (1 + fraction) * 2^(31 - zeros) */
    const int32_t zeros = aot_leading_zeros((uint32_t)divisor);
    const uint32_t normalized = zeros < 32 ? (uint32_t)divisor << zeros : 0;
    const int32_t reciprocal = aot_one_over_one_plus((int32_t)(normalized - UINT32_C(0x80000000)));
    /* The dividend as large as 32 bits allow. */
    const int32_t headroom = aot_leading_zeros((uint32_t)(dividend < 0 ? ~dividend : dividend)) - 1;
    const int32_t large = (int32_t)((uint32_t)dividend << headroom);
    const int32_t quotient = aot_doubling_high_mul(large, reciprocal);
    const int32_t exponent = headroom + 31 - zeros - layer->factor.shift;
    const int32_t scaled = aot_div_shift(aot_doubling_high_mul(quotient, layer->factor.multiplier), exponent);
    return (int8_t)aot_output_of(scaled, &layer->output);
}

#endif
