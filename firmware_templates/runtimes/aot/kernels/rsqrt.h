/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* RSQRT, int16: output = clamp(rescale(1 / sqrt(x))); the largest output for 0, and below, where TensorFlow Lite Micro
 * stops with an error. */
#ifndef AOT_RSQRT_H
#define AOT_RSQRT_H

#include "inverse_square_root.h"
#include "rescale.h"

enum { AOT_RSQRT_BITS = 20 }; /* more, so that 1 / sqrt(x) is an integer */

AOT_INLINE int32_t aot_rsqrt(const aot_rescale_layer *layer, int32_t value) {
    if (value <= layer->input_zero_point) {
        return layer->output.range.maximum;
    }
    int32_t shift;
    const int32_t multiplier = aot_inverse_square_root(value - layer->input_zero_point, &shift);
    const int32_t root = aot_requantize(1, multiplier, shift + AOT_RSQRT_BITS);
    const int32_t scaled = aot_requantize(root, layer->factor.multiplier, layer->factor.shift - AOT_RSQRT_BITS);
    return aot_output_of(scaled, &layer->output);
}

#endif
