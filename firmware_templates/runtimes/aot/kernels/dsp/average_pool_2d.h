/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* AVERAGE_POOL_2D over whole images, int8, for cores with the DSP extension.
 *
 * Layouts: input [batch][pixel][channel], output [batch][channel].  Averages are rounded to nearest, halves away from
 * zero.
 *
 * 4 channels at a time: SXTAB16 extends 2 bytes of a word and adds them to two 16-bit sums, so a word of 4 inputs takes
 * a load and 2 additions.  Lanes hold the sum of 256 bytes; then they are added to 32-bit sums. */
#ifndef AOT_DSP_AVERAGE_POOL_2D_H
#define AOT_DSP_AVERAGE_POOL_2D_H

#include "instructions.h"

typedef struct {
    int32_t batches;
    int32_t pixels;
    int32_t channels;
    int32_t minimum; /* of the fused activation, quantized */
    int32_t maximum;
} aot_dsp_average_pool_whole_layer;

#define AOT_DSP_LANE_INPUTS 256 /* 256 * -128 is the least 16-bit value */

AOT_INLINE int8_t aot_dsp_average(const aot_dsp_average_pool_whole_layer *layer, int32_t sum) {
    const int32_t half = layer->pixels / 2;
    return aot_clamp((sum > 0 ? sum + half : sum - half) / layer->pixels, layer->minimum, layer->maximum);
}

/* Averages of 4 channels. */
AOT_INLINE void aot_dsp_average_4(const aot_dsp_average_pool_whole_layer *layer, const int8_t *input, int8_t *output) {
    int32_t sums[4] = {0, 0, 0, 0};
    for (int32_t left = layer->pixels; left > 0; left -= AOT_DSP_LANE_INPUTS) {
        uint32_t sums02 = 0, sums13 = 0;
        for (int32_t i = aot_min(left, AOT_DSP_LANE_INPUTS); i > 0; --i) {
            const uint32_t word = aot_dsp_load_word(input);
            input += layer->channels;
            sums02 = aot_dsp_add_bytes_02(sums02, word);
            sums13 = aot_dsp_add_bytes_13(sums13, word);
        }
        sums[0] += aot_dsp_low(sums02);
        sums[1] += aot_dsp_low(sums13);
        sums[2] += aot_dsp_high(sums02);
        sums[3] += aot_dsp_high(sums13);
    }
    for (int32_t i = 0; i < 4; ++i) {
        output[i] = aot_dsp_average(layer, sums[i]);
    }
}

static inline void aot_dsp_average_pool_whole(const aot_dsp_average_pool_whole_layer *layer, const int8_t *input,
                                              int8_t *output) {
    const int32_t channels = layer->channels;
    for (int32_t batch = 0; batch < layer->batches; ++batch) {
        int32_t c = 0;
        for (; c + 4 <= channels; c += 4) {
            aot_dsp_average_4(layer, input + c, output + c);
        }
        for (; c < channels; ++c) {
            int32_t sum = 0;
            for (int32_t i = 0; i < layer->pixels; ++i) {
                sum += input[c + i * channels];
            }
            output[c] = aot_dsp_average(layer, sum);
        }
        input += layer->pixels * channels;
        output += channels;
    }
}

#endif
