/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* SVDF of int8 with a state of int16 whose zero point is 0, for cores with the DSP extension; layouts as in ../svdf.h.
 *
 * Four filters at a time are summed over the features as four gates are (gates.h); weights of missing ones are 0.  Over
 * time two products are one SMLAD, whose sums may wrap. */
#ifndef AOT_DSP_SVDF_H
#define AOT_DSP_SVDF_H

#include "gates.h"

typedef struct {
    const uint32_t *packed;      /* [4 filters]: starts and byte pairs, see aot_dsp_four_gates */
    const int16_t *time_weights; /* [filter][memory] */
    const int32_t *bias;         /* [unit] */
    aot_dsp_scale feature;
    aot_factor time_factor;
    int32_t batches;
    int32_t features;
    int32_t units;
    int32_t rank;
    int32_t memory;
    aot_output output;
} aot_dsp_svdf_layer;

AOT_INLINE void aot_dsp_svdf_features(const aot_dsp_svdf_layer *layer, const aot_uint32 *lanes, aot_int16 *newest) {
    const int32_t filters = layer->units * layer->rank;
    const uint32_t *packed = layer->packed;
    for (int32_t filter = 0; filter < filters; filter += 4) {
        int32_t sums[4];
        packed = aot_dsp_four_gates(lanes, packed, (layer->features + 3) / 4, sums);
        for (int32_t i = 0; i < 4 && filter + i < filters; ++i, newest += layer->memory) {
            *newest = (int16_t)aot_dsp_saturate_int16(aot_dsp_scaled(sums[i], &layer->feature));
        }
    }
}

/* Every element to the place of the one before it. */
AOT_INLINE void aot_dsp_svdf_shift(aot_int16 *state, int32_t count) {
    int8_t *to = (int8_t *)state;
    int32_t left = count - 1;
    for (; left >= 8; left -= 8, to += 16) {
        const uint32_t word0 = aot_dsp_load_word(to + 2), word1 = aot_dsp_load_word(to + 6);
        const uint32_t word2 = aot_dsp_load_word(to + 10), word3 = aot_dsp_load_word(to + 14);
        aot_dsp_store_word(to, word0);
        aot_dsp_store_word(to + 4, word1);
        aot_dsp_store_word(to + 8, word2);
        aot_dsp_store_word(to + 12, word3);
    }
    for (state += count - 1 - left; left > 0; --left, ++state) {
        state[0] = state[1];
    }
}

/* Sum of `count` products. */
AOT_INLINE uint32_t aot_dsp_svdf_dot(const aot_int16 *state, const int16_t *weights, int32_t count, uint32_t sum) {
    for (; count >= 4; count -= 4, state += 4, weights += 4) {
        const int8_t *const a = (const int8_t *)state, *const b = (const int8_t *)weights;
        sum = aot_dsp_mac_both(aot_dsp_load_word(a), aot_dsp_load_word(b), sum);
        sum = aot_dsp_mac_both(aot_dsp_load_word(a + 4), aot_dsp_load_word(b + 4), sum);
    }
    for (; count > 0; --count) {
        sum += (uint32_t)(*state++ * *weights++);
    }
    return sum;
}

__attribute__((unused)) static void aot_dsp_svdf(const aot_dsp_svdf_layer *layer, const int8_t *input, aot_int16 *state,
                                                 int8_t *output, aot_uint32 *lanes) {
    const int32_t a_unit = layer->rank * layer->memory, a_batch = layer->units * a_unit;
    aot_dsp_svdf_shift(state, layer->batches * a_batch);
    for (int32_t batch = 0; batch < layer->batches; ++batch, input += layer->features, state += a_batch) {
        aot_dsp_to_lanes(input, layer->features, lanes);
        aot_dsp_svdf_features(layer, lanes, state + layer->memory - 1);
        for (int32_t unit = 0; unit < layer->units; ++unit) {
            const int32_t at = unit * a_unit;
            const uint32_t sum =
                aot_dsp_svdf_dot(state + at, layer->time_weights + at, a_unit, (uint32_t)layer->bias[unit]);
            *output++ = aot_requantize_output(sum, layer->time_factor, &layer->output, AOT_WHOLE_RANGE);
        }
    }
}

#endif
