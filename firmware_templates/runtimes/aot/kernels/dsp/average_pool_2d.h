/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* AVERAGE_POOL_2D over whole images, int8, for cores with the DSP extension: pool_2d.h has the layer's record and the
 * rounding.
 *
 * 4 channels at a time: SXTAB16 extends 2 bytes of a word and adds them to two 16-bit sums, so a word of 4 inputs takes
 * a load and 2 additions.  Lanes hold the sum of 256 bytes; then they are added to 32-bit sums. */
#ifndef AOT_DSP_AVERAGE_POOL_2D_H
#define AOT_DSP_AVERAGE_POOL_2D_H

#include "../pool_2d.h"
#include "instructions.h"

#define AOT_DSP_LANE_INPUTS 256 /* 256 * -128 is the least 16-bit value */

/* Averages of 4 channels. */
AOT_INLINE void aot_dsp_average_4(const aot_pool_layer *layer, int32_t pixels, const int8_t *input, int8_t *output) {
    int32_t sums[4] = {0, 0, 0, 0};
    for (int32_t left = pixels; left > 0; left -= AOT_DSP_LANE_INPUTS) {
        uint32_t sums02 = 0, sums13 = 0;
        for (int32_t i = aot_min(left, AOT_DSP_LANE_INPUTS); i > 0; --i) {
            const uint32_t word = aot_dsp_load_word(input);
            input += layer->windows.input_channels;
            sums02 = aot_dsp_add_bytes_02(sums02, word);
            sums13 = aot_dsp_add_bytes_13(sums13, word);
        }
        sums[0] += aot_dsp_low(sums02);
        sums[1] += aot_dsp_low(sums13);
        sums[2] += aot_dsp_high(sums02);
        sums[3] += aot_dsp_high(sums13);
    }
    for (int32_t i = 0; i < 4; ++i) {
        output[i] = (int8_t)aot_limit(aot_average(sums[i], pixels), &layer->range);
    }
}

static inline void aot_dsp_average_pool_whole(const aot_pool_layer *layer, const int8_t *input, int8_t *output) {
    const int32_t channels = layer->windows.input_channels;
    const aot_pool_window window = {layer->windows.input_height, layer->windows.input_width,
                                    layer->windows.input_width * channels, channels};
    const int32_t pixels = window.rows * window.columns;
    for (int32_t batch = 0; batch < layer->windows.batches; ++batch) {
        int32_t c = 0;
        for (; c + 4 <= channels; c += 4) {
            aot_dsp_average_4(layer, pixels, input + c, output + c);
        }
        for (; c < channels; ++c) {
            output[c] = (int8_t)aot_pool_integers(&window, (const uint8_t *)input + c, &layer->range, 1, 1);
        }
        input += pixels * channels;
        output += channels;
    }
}

#endif
