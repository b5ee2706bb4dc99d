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
    const int32_t *multiplier; /* one, or one a channel */
    const int8_t *shift;
    int32_t factor_step; /* 1 where there is one a channel, else 0 */
    int32_t rows;
    int32_t depth;
    int32_t channels;
    int32_t input_zero_point;
    int32_t weights_zero_point;
    int32_t output_zero_point;
    int32_t minimum; /* of the fused activation, quantized */
    int32_t maximum;
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
                const int32_t value = bytes == 1 ? ((const int8_t *)input)[at] : ((const aot_int16 *)input)[at];
                const int32_t weight = weights[c * layer->depth + i] - layer->weights_zero_point;
                sum += (int64_t)weight * (value - layer->input_zero_point);
            }
            const int32_t factor = c * layer->factor_step;
            const int64_t bias = aot_wide_bias(biases, c, sums);
            const int32_t scaled = aot_wide_scaled(sum, bias, layer->multiplier[factor], layer->shift[factor], sums);
            const int32_t value = (int32_t)((uint32_t)scaled + (uint32_t)layer->output_zero_point);
            if (bytes == 1) {
                ((int8_t *)output)[result] = aot_clamp(value, layer->minimum, layer->maximum);
            } else {
                ((aot_int16 *)output)[result] = aot_clamp_int16(value, layer->minimum, layer->maximum);
            }
        }
    }
}

#endif
