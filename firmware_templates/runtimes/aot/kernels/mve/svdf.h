/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* SVDF of int8 with a state of int8 or int16, for cores with Helium; layouts as in ../svdf.h.
 *
 * Four filters at a time are summed over the features (gates.h) and scattered into the state.  Sums over time may wrap,
 * and begin with what the state's zero point adds. */
#ifndef AOT_MVE_SVDF_H
#define AOT_MVE_SVDF_H

#include "gates.h"

typedef struct {
    const int8_t *feature_weights; /* [filter, rounded up to 4][feature] */
    const int32_t *starts;         /* [filter, rounded up to 4] */
    const void *time_weights;      /* [filter][memory], of the state's type */
    const int32_t *bias;           /* [unit]: bias - state zero point * sum of the unit's time weights */
    aot_mve_scale feature;
    aot_factor time_factor;
    int32_t batches;
    int32_t features;
    int32_t units;
    int32_t rank;
    int32_t memory;
    int32_t state_zero_point;
    aot_output output;
} aot_mve_svdf_layer;

/* The newest element of each filter; `bytes` (of an element of the state) is a constant of the kernel class. */
AOT_INLINE void aot_mve_svdf_features(const aot_mve_svdf_layer *layer, const int8_t *input, void *state, int32_t newest,
                                      int bytes) {
    const int32_t filters = layer->units * layer->rank, memory = layer->memory;
    const uint32x4_t at = vmulq_n_u32(vidupq_n_u32(0, 1), (uint32_t)memory);
    for (int32_t filter = 0; filter < filters; filter += 4, newest += 4 * memory) {
        const int32x4_t sums = aot_mve_four_rows(input, layer->feature_weights + filter * layer->features,
                                                 layer->starts + filter, layer->features);
        const int32x4_t scaled = aot_mve_scaled(sums, &layer->feature);
        if (bytes == 1) {
            const int32x4_t values = vmaxq_s32(vminq_s32(scaled, vdupq_n_s32(127)), vdupq_n_s32(-128));
            aot_mve_scatter_lowest_bytes((int8_t *)state + newest, at, vaddq_n_s32(values, layer->state_zero_point),
                                         filters - filter);
        } else {
            const int32x4_t values = aot_mve_saturate_int16(scaled);
            aot_mve_scatter_low_halves((aot_int16 *)state + newest, at, vaddq_n_s32(values, layer->state_zero_point),
                                       filters - filter);
        }
    }
}

/* Every element of `bytes` bytes to the place of the one before it. */
AOT_INLINE void aot_mve_svdf_shift(int8_t *state, int32_t count, int bytes) {
    for (int32_t left = (count - 1) * bytes; left > 0; left -= 16, state += 16) {
        aot_mve_store_bytes(state, aot_mve_load_bytes(state + bytes, left), left);
    }
}

/* sum + the products of `count` elements. */
AOT_INLINE int32_t aot_mve_svdf_dot(const void *memory, const void *time_weights, int32_t count, int32_t sum,
                                    int bytes) {
    if (bytes == 1) {
        const int8_t *state = (const int8_t *)memory, *weights = (const int8_t *)time_weights;
        for (; count > 0; count -= 16, state += 16, weights += 16) {
            sum = vmladavaq_s8(sum, aot_mve_load_bytes(state, count), aot_mve_load_bytes(weights, count));
        }
        return sum;
    }
    const aot_int16 *state = (const aot_int16 *)memory, *weights = (const aot_int16 *)time_weights;
    for (; count > 0; count -= 8, state += 8, weights += 8) {
        sum = vmladavaq_s16(sum, aot_mve_load_halves(state, count), aot_mve_load_halves(weights, count));
    }
    return sum;
}

AOT_INLINE void aot_mve_svdf_layer_of(const aot_mve_svdf_layer *layer, const int8_t *input, void *memory,
                                      int8_t *output, int bytes) {
    const int32_t a_unit = layer->rank * layer->memory, a_batch = layer->units * a_unit;
    int8_t *state = (int8_t *)memory;
    aot_mve_svdf_shift(state, layer->batches * a_batch, bytes);
    for (int32_t batch = 0; batch < layer->batches; ++batch, input += layer->features) {
        aot_mve_svdf_features(layer, input, state, layer->memory - 1, bytes);
        const int8_t *weights = (const int8_t *)layer->time_weights;
        for (int32_t unit = 0; unit < layer->units; ++unit, state += a_unit * bytes, weights += a_unit * bytes) {
            const int32_t sum = aot_mve_svdf_dot(state, weights, a_unit, layer->bias[unit], bytes);
            *output++ = aot_requantize_output((uint32_t)sum, layer->time_factor, &layer->output, AOT_WHOLE_RANGE);
        }
    }
}

__attribute__((unused)) static void aot_mve_svdf(const aot_mve_svdf_layer *layer, const int8_t *input,
                                                 aot_int16 *memory, int8_t *output) {
    aot_mve_svdf_layer_of(layer, input, memory, output, 2);
}

__attribute__((unused)) static void aot_mve_svdf_int8(const aot_mve_svdf_layer *layer, const int8_t *input,
                                                      int8_t *memory, int8_t *output) {
    aot_mve_svdf_layer_of(layer, input, memory, output, 1);
}

#endif
