/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* ADD, SUB, SQUARED_DIFFERENCE and comparisons, int8 and int16: one element of inputs of which each has a scale.
 *
 * Both inputs are brought to twice the larger input scale with more fraction bits (ADD and SUB: 20 for int8, 15 for
 * int16; SQUARED_DIFFERENCE: 7 and 0; comparisons: 8, and another common scale), added, subtracted or compared, and
 * rescaled to the output:
 * output = clamp(rescale(scale1(x1 - zero point 1) +- scale2(x2 - zero point 2)) + output zero point).
 * The input with the larger scale has a factor of exactly a half: a shift instead of a multiplication. */
#ifndef AOT_ADD_H
#define AOT_ADD_H

#include "aot.h"

typedef struct {
    int32_t zero_point;
    aot_factor factor; /* to the common scale; its shift is 0 or negative */
} aot_add_input;

typedef struct {
    aot_add_input input[2];
    aot_factor factor;
    aot_output output;
} aot_add_layer;

/* Comparisons have no output scale. */
typedef struct {
    aot_add_input input[2];
} aot_compare_layer;

/* `bits` and `half` (the input's factor is a half) are constants of the kernel class. */
AOT_INLINE int32_t aot_add_scale(const aot_add_input *input, int32_t value, int bits, int half) {
    const int32_t centred = value - input->zero_point;
    return half ? centred * (INT32_C(1) << (bits - 1))
                : aot_requantize_by(centred * (INT32_C(1) << bits), input->factor);
}

AOT_INLINE uint32_t aot_add_scaled(const aot_add_layer *layer, int32_t x, int32_t y, int bits, int half0, int half1) {
    return (uint32_t)aot_add_scale(&layer->input[0], x, bits, half0) +
           (uint32_t)aot_add_scale(&layer->input[1], y, bits, half1);
}

AOT_INLINE uint32_t aot_sub_scaled(const aot_add_layer *layer, int32_t x, int32_t y, int bits, int half0, int half1) {
    return (uint32_t)aot_add_scale(&layer->input[0], x, bits, half0) -
           (uint32_t)aot_add_scale(&layer->input[1], y, bits, half1);
}

AOT_INLINE int32_t aot_squared_difference(const aot_add_layer *layer, int32_t x, int32_t y, int bits) {
    const int32_t difference =
        aot_add_scale(&layer->input[0], x, bits, 0) - aot_add_scale(&layer->input[1], y, bits, 0);
    return aot_output_of(aot_requantize_by(difference * difference, layer->factor), &layer->output);
}

#endif
