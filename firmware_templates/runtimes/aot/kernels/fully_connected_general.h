/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* FULLY_CONNECTED in the forms that are rare: weights or biases computed while the model runs, weights with a zero
 * point.
 *
 * Layouts: input [rows][depth], weights int8 [channel][depth], output [rows][channel]; input and output are int8 or
 * int16. output = clamp(rescale(bias + sum of (weight - weight zero point) * (input - input zero point))). */
#ifndef AOT_FULLY_CONNECTED_GENERAL_H
#define AOT_FULLY_CONNECTED_GENERAL_H

#include "aot.h"
#include "wide.h"

typedef struct {
    aot_requantization requantize;
    int32_t factor_step; /* 1 where there is one a channel, else 0 */
    int32_t rows;
    int32_t depth;
    int32_t channels;
    int32_t input_zero_point;
    int32_t weights_zero_point;
} aot_fully_connected_general_layer;

/* `bytes` (of an activation) and `sums` are constants of the kernel class. */
AOT_INLINE void aot_fully_connected_general(const aot_fully_connected_general_layer *layer, const void *input,
                                            const int8_t *weights, const void *biases, void *output, int bytes,
                                            int sums) {
    for (int32_t row = 0, result = 0; row < layer->rows; ++row) {
        for (int32_t c = 0; c < layer->channels; ++c, ++result) {
            int64_t sum = 0;
            for (int32_t i = 0; i < layer->depth; ++i) {
                const int32_t at = row * layer->depth + i;
                const int32_t weight = weights[c * layer->depth + i] - layer->weights_zero_point;
                sum += (int64_t)weight * (aot_load(input, at, bytes) - layer->input_zero_point);
            }
            const int64_t bias = aot_wide_bias(biases, c, sums);
            aot_store(output, result, aot_wide_output(&layer->requantize, sum, bias, c * layer->factor_step, sums),
                      bytes);
        }
    }
}

#endif
