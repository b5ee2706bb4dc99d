/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* MUL, int8 and int16: output = clamp(rescale((x - zero point 1) * (y - zero point 2)) + output zero point). */
#ifndef AOT_MUL_H
#define AOT_MUL_H

#include "aot.h"

/* Of MUL and DIV. */
typedef struct {
    int32_t input_zero_point[2];
    aot_factor factor;
    aot_output output;
} aot_mul_layer;

/* `requantize`: how the product becomes the output, a constant of the kernel class. */
AOT_INLINE int8_t aot_mul_int8(const aot_mul_layer *layer, int32_t x, int32_t y, int requantize) {
    const int32_t product = (x - layer->input_zero_point[0]) * (y - layer->input_zero_point[1]);
    return aot_requantize_output((uint32_t)product, layer->factor, &layer->output, requantize);
}

/* All zero points are 0. */
AOT_INLINE int16_t aot_mul_int16(const aot_mul_layer *layer, int32_t x, int32_t y) {
    return (int16_t)aot_limit(aot_requantize_by(x * y, layer->factor), &layer->output.range);
}

#endif
