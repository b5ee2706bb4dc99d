/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* FULLY_CONNECTED, int8, with one scale or one for each output channel.
 *
 * Layouts: input [rows][depth], output [rows][channel], weights in the order of use: [block of 4
 * channels][depth][channel of the block], then channels that are left over, [depth] each.
 *
 * output = clamp(rescale(effective_bias + sum of weight * input)),
 * effective_bias = bias - input zero point * sum of weights.
 *
 * Blocking: 4 channels share each loaded input, and one address register serves their weights; 4 inputs a round.  With
 * the loop 2.4 instructions per product on Armv7-M; loads of weights, each used once, are the price. */
#ifndef AOT_FULLY_CONNECTED_H
#define AOT_FULLY_CONNECTED_H

#include "aot.h"

typedef struct {
    const int8_t *weights;
    const int32_t *effective_bias;
    aot_requantization requantize;
    int32_t rows;
    int32_t depth;
    int32_t channels;
} aot_fully_connected_layer;

#define AOT_FULLY_CONNECTED_STEP 4

/* `channels` (4 or 1) output channels from `first` on; `w`: their weights.  Constants as below. */
AOT_INLINE void aot_fully_connected_block(const aot_fully_connected_layer *layer, const int8_t *x, const int8_t *w,
                                          int32_t first, int8_t *output, int32_t channels, int per_channel,
                                          int requantize) {
    uint32_t sums[4];
    AOT_UNROLL
    for (int32_t c = 0; c < channels; ++c) {
        sums[c] = (uint32_t)layer->effective_bias[first + c];
    }
    int32_t left = layer->depth;
    for (; left >= AOT_FULLY_CONNECTED_STEP; left -= AOT_FULLY_CONNECTED_STEP) {
        AOT_UNROLL
        for (int32_t k = 0; k < AOT_FULLY_CONNECTED_STEP; ++k) {
            const int32_t value = x[k];
            AOT_UNROLL
            for (int32_t c = 0; c < channels; ++c) {
                sums[c] += (uint32_t)(value * w[k * channels + c]);
                AOT_KEEP_IN_REGISTER(sums[c]); /* im2col.h says why */
            }
        }
        x += AOT_FULLY_CONNECTED_STEP;
        w += AOT_FULLY_CONNECTED_STEP * channels;
    }
    for (; left > 0; --left, ++x, w += channels) {
        AOT_UNROLL
        for (int32_t c = 0; c < channels; ++c) {
            sums[c] += (uint32_t)(*x * w[c]);
        }
    }
    AOT_UNROLL
    for (int32_t c = 0; c < channels; ++c) {
        output[first + c] =
            aot_requantize_channel(&layer->requantize, sums[c], per_channel ? first + c : 0, requantize);
    }
}

/* Constants of the kernel class: `per_channel`; `requantize`: see aot_requantize_output; `rest`: the channels are no
 * multiple of 4. */
AOT_INLINE void aot_fully_connected(const aot_fully_connected_layer *layer, const int8_t *input, int8_t *output,
                                    int per_channel, int requantize, int rest) {
    const int32_t depth = layer->depth, channels = layer->channels;
    for (int32_t row = layer->rows; row > 0; --row, input += depth, output += channels) {
        const int8_t *w = layer->weights;
        int32_t c = 0;
        for (; c <= channels - 4; c += 4, w += 4 * depth) {
            aot_fully_connected_block(layer, input, w, c, output, 4, per_channel, requantize);
        }
        if (rest != 0) {
            for (; c < channels; ++c, w += depth) {
                aot_fully_connected_block(layer, input, w, c, output, 1, per_channel, requantize);
            }
        }
    }
}

#endif
