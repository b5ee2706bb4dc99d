/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* DEPTHWISE_CONV_2D of any window, depth multiplier 1, 16-bit activations and 8-bit weights, for cores with the DSP
 * extension.
 *
 * The walk over taps is that of depthwise_taps.h, rounding and conditions those of conv_2d_int16.h.
 *
 * Arithmetic.  2 channels and 2 taps at a time: PKHBT and PKHTB of the words of two taps give both taps of a channel,
 * SXTB16 of a weight word (and of it rotated by 8) their weights: 12 instructions for 4 products with the loop. */
#ifndef AOT_DSP_DEPTHWISE_TAPS_INT16_H
#define AOT_DSP_DEPTHWISE_TAPS_INT16_H

#include "conv_2d_int16.h"
#include "depthwise_taps.h"

/* For each pair of channels `packed` holds the two starts of sums, for each pair of taps a word (weights of both
 * channels for the first tap, the same for the second; an odd last tap is paired with weights of zero), and the two M.
 * An odd last channel is paired with the one before it. */
typedef struct {
    aot_dsp_taps_walk walk;
    const uint32_t *packed;
    int32_t channels;
    aot_range range; /* of the fused activation */
} aot_dsp_depthwise_int16_layer;

AOT_INLINE void aot_dsp_depthwise_int16(const aot_dsp_depthwise_int16_layer *layer, const aot_int16 *input,
                                        aot_int16 *output, uint8_t *scratch) {
    const aot_dsp_taps_walk *walk = &layer->walk;
    const int8_t *image = (const int8_t *)input;
    aot_address *taps = aot_dsp_start_taps(walk, scratch);
    for (int32_t batch = 0; batch < walk->windows.batches; ++batch) {
        for (int32_t y = 0; y < walk->windows.output_height; ++y) {
            for (int32_t x = 0; x < walk->windows.output_width; ++x, output += layer->channels) {
                aot_dsp_move_taps(walk, image, (const int8_t *)scratch, y, x, taps);
                const uint32_t *w = layer->packed;
                for (int32_t c = 0; c < layer->channels; c += 2) {
                    const int32_t first = aot_min(c, layer->channels - 2), base = 2 * first;
                    uint32_t low = w[0], high = w[1];
                    w += 2;
                    for (const aot_address *tap = taps; tap[0] != 0; tap += 2, ++w) {
                        const uint32_t a = aot_dsp_load_word(tap[0] + base), b = aot_dsp_load_word(tap[1] + base);
                        low = aot_dsp_mac_both(aot_dsp_pack_low(a, b), aot_dsp_bytes_02(*w), low);
                        high = aot_dsp_mac_both(aot_dsp_pack_high(a, b), aot_dsp_bytes_13(*w), high);
                    }
                    const int32_t one = aot_dsp_mac_upper_rounded((int32_t)low, (int32_t)w[0], 0);
                    const int32_t two = aot_dsp_mac_upper_rounded((int32_t)high, (int32_t)w[1], 0);
                    output[first] = (aot_int16)aot_limit(one, &layer->range);
                    output[first + 1] = (aot_int16)aot_limit(two, &layer->range);
                    w += 2;
                }
            }
        }
        image += walk->windows.input_height * walk->windows.input_width * walk->pixel_bytes;
    }
}

#endif
