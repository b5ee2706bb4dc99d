/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* SVDF of int8 with a state of int8 or int16, for cores with the DSP extension; layouts as in ../svdf.h.
 *
 * Four filters at a time are summed over the features as four gates are (gates.h); weights of missing ones are 0.  Over
 * time products are summed in pairs by SMLAD; these sums may wrap, and begin with what the state's zero point adds. */
#ifndef AOT_DSP_SVDF_H
#define AOT_DSP_SVDF_H

#include "gates.h"

typedef struct {
    const uint32_t *packed;   /* [4 filters]: starts and byte pairs, see aot_dsp_four_gates */
    const void *time_weights; /* [filter][memory], of the state's type */
    const int32_t *bias;      /* [unit]: bias - state zero point * sum of the unit's time weights */
    aot_dsp_scale feature;
    aot_factor time_factor;
    int32_t batches;
    int32_t features;
    int32_t units;
    int32_t rank;
    int32_t memory;
    int32_t state_zero_point;
    aot_output output;
} aot_dsp_svdf_layer;

/* The newest element of each filter; `bytes` (of an element of the state) is a constant of the kernel class. */
AOT_INLINE void aot_dsp_svdf_features(const aot_dsp_svdf_layer *layer, const aot_uint32 *lanes, void *state,
                                      int32_t newest, int bytes) {
    const uint32_t *packed = layer->packed;
    for (int32_t left = layer->units * layer->rank; left > 0; left -= 4) {
        int32_t sums[4];
        packed = aot_dsp_four_gates(lanes, packed, aot_dsp_gate_steps(layer->features), sums);
        for (int32_t i = 0; i < aot_min(left, 4); ++i, newest += layer->memory) {
            const int32_t scaled = aot_dsp_scaled(sums[i], &layer->feature);
            const int32_t value = bytes == 1 ? aot_saturate(scaled) : aot_dsp_saturate_int16(scaled);
            aot_store(state, newest, value + layer->state_zero_point, bytes);
        }
    }
}

/* Every element of `bytes` bytes to the place of the one before it. */
AOT_INLINE void aot_dsp_svdf_shift(void *state, int32_t count, int bytes) {
    int8_t *to = (int8_t *)state;
    int32_t left = (count - 1) * bytes;
    for (; left >= 16; left -= 16, to += 16) {
        const int8_t *const from = to + bytes;
        const uint32_t word0 = aot_dsp_load_word(from), word1 = aot_dsp_load_word(from + 4);
        const uint32_t word2 = aot_dsp_load_word(from + 8), word3 = aot_dsp_load_word(from + 12);
        aot_dsp_store_word(to, word0);
        aot_dsp_store_word(to + 4, word1);
        aot_dsp_store_word(to + 8, word2);
        aot_dsp_store_word(to + 12, word3);
    }
    for (; left > 0; --left, ++to) {
        to[0] = to[bytes];
    }
}

/* sum + the products of `count` elements. */
AOT_INLINE uint32_t aot_dsp_svdf_dot_int16(const aot_int16 *state, const int16_t *weights, int32_t count,
                                           uint32_t sum) {
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

AOT_INLINE uint32_t aot_dsp_svdf_dot_int8(const int8_t *state, const int8_t *weights, int32_t count, uint32_t sum) {
    for (; count >= 4; count -= 4, state += 4, weights += 4) {
        const uint32_t a = aot_dsp_load_word(state), b = aot_dsp_load_word(weights);
        sum = aot_dsp_mac_both(aot_dsp_bytes_02(a), aot_dsp_bytes_02(b), sum);
        sum = aot_dsp_mac_both(aot_dsp_bytes_13(a), aot_dsp_bytes_13(b), sum);
    }
    for (; count > 0; --count) {
        sum += (uint32_t)(*state++ * *weights++);
    }
    return sum;
}

AOT_INLINE uint32_t aot_dsp_svdf_dot(const aot_dsp_svdf_layer *layer, const void *state, int32_t at, int32_t count,
                                     uint32_t sum, int bytes) {
    if (bytes == 1) {
        return aot_dsp_svdf_dot_int8((const int8_t *)state, (const int8_t *)layer->time_weights + at, count, sum);
    }
    return aot_dsp_svdf_dot_int16((const aot_int16 *)state, (const int16_t *)layer->time_weights + at, count, sum);
}

AOT_INLINE void aot_dsp_svdf_layer_of(const aot_dsp_svdf_layer *layer, const int8_t *input, void *memory,
                                      int8_t *output, aot_uint32 *lanes, int bytes) {
    const int32_t a_unit = layer->rank * layer->memory, a_batch = layer->units * a_unit;
    uint8_t *state = (uint8_t *)memory;
    aot_dsp_svdf_shift(state, layer->batches * a_batch, bytes);
    for (int32_t batch = 0; batch < layer->batches; ++batch, input += layer->features) {
        aot_dsp_to_lanes(input, layer->features, lanes);
        aot_dsp_svdf_features(layer, lanes, state, layer->memory - 1, bytes);
        for (int32_t unit = 0; unit < layer->units; ++unit, state += a_unit * bytes) {
            const uint32_t sum =
                aot_dsp_svdf_dot(layer, state, unit * a_unit, a_unit, (uint32_t)layer->bias[unit], bytes);
            *output++ = aot_requantize_output(sum, layer->time_factor, &layer->output, AOT_WHOLE_RANGE);
        }
    }
}

__attribute__((unused)) static void aot_dsp_svdf(const aot_dsp_svdf_layer *layer, const int8_t *input, aot_int16 *state,
                                                 int8_t *output, aot_uint32 *lanes) {
    aot_dsp_svdf_layer_of(layer, input, state, output, lanes, 2);
}

__attribute__((unused)) static void aot_dsp_svdf_int8(const aot_dsp_svdf_layer *layer, const int8_t *input,
                                                      int8_t *state, int8_t *output, aot_uint32 *lanes) {
    aot_dsp_svdf_layer_of(layer, input, state, output, lanes, 1);
}

#endif
