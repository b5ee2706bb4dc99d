/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* FULLY_CONNECTED, int16 activations and int8 weights, with one scale or one for each output channel.
 *
 * Layouts: input [rows][depth], weights [channel][depth], output [rows][channel].
 * output = clamp(rescale(effective_bias + sum of weight * input)), effective_bias = bias - input zero point * sum of
 * weights. */
#ifndef AOT_FULLY_CONNECTED_INT16_H
#define AOT_FULLY_CONNECTED_INT16_H

#include "aot.h"
#include "wide.h"

typedef struct {
    const int8_t *weights;
    const void *effective_bias; /* see aot_wide_bias */
    aot_requantization requantize;
    int32_t rows;
    int32_t depth;
    int32_t channels;
} aot_fully_connected_int16_layer;

/* `per_channel` and `sums` are constants of the kernel class. */
AOT_INLINE void aot_fully_connected_int16(const aot_fully_connected_int16_layer *layer, const aot_int16 *input,
                                          aot_int16 *output, int per_channel, int sums) {
    for (int32_t row = 0; row < layer->rows; ++row, input += layer->depth) {
        const int8_t *weights = layer->weights;
        for (int32_t c = 0; c < layer->channels; ++c, weights += layer->depth) {
            const int64_t sum = aot_wide_dot(0, input, weights, layer->depth, 1, sums);
            const int64_t effective_bias = aot_wide_bias(layer->effective_bias, c, sums);
            *output++ = (int16_t)aot_wide_output(&layer->requantize, sum, effective_bias, per_channel ? c : 0, sums);
        }
    }
}

#endif
