/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* SVDF of int8 with a state of int16 whose zero point is 0, for cores with Helium; layouts as in ../svdf.h.
 *
 * Four filters at a time are summed over the features (gates.h) and scattered into the state. */
#ifndef AOT_MVE_SVDF_H
#define AOT_MVE_SVDF_H

#include "gates.h"

typedef struct {
    const int8_t *feature_weights; /* [filter, rounded up to 4][feature] */
    const int32_t *starts;         /* [filter, rounded up to 4] */
    const int16_t *time_weights;   /* [filter][memory] */
    const int32_t *bias;           /* [unit] */
    aot_mve_scale feature;
    aot_factor time_factor;
    int32_t batches;
    int32_t features;
    int32_t units;
    int32_t rank;
    int32_t memory;
    aot_output output;
} aot_mve_svdf_layer;

AOT_INLINE void aot_mve_svdf_features(const aot_mve_svdf_layer *layer, const int8_t *input, int16_t *newest) {
    const int32_t filters = layer->units * layer->rank, memory = layer->memory;
    const uint32x4_t at = vmulq_n_u32(vidupq_n_u32(0, 1), (uint32_t)memory);
    for (int32_t filter = 0; filter < filters; filter += 4, newest += 4 * memory) {
        const int32x4_t sums = aot_mve_four_rows(input, layer->feature_weights + filter * layer->features,
                                                 layer->starts + filter, layer->features);
        const int32x4_t values = aot_mve_saturate_int16(aot_mve_scaled(sums, &layer->feature));
        aot_mve_scatter_low_halves(newest, at, values, filters - filter);
    }
}

/* Every element to the place of the one before it. */
AOT_INLINE void aot_mve_svdf_shift(int16_t *state, int32_t count) {
    for (int32_t left = count - 1; left > 0; left -= 8, state += 8) {
        aot_mve_store_halves(state, aot_mve_load_halves(state + 1, left), left);
    }
}

AOT_INLINE int32_t aot_mve_svdf_dot(const int16_t *state, const int16_t *weights, int32_t count, int32_t sum) {
    for (; count > 0; count -= 8, state += 8, weights += 8) {
        sum = vmladavaq_s16(sum, aot_mve_load_halves(state, count), aot_mve_load_halves(weights, count));
    }
    return sum;
}

__attribute__((unused)) static void aot_mve_svdf(const aot_mve_svdf_layer *layer, const int8_t *input,
                                                 aot_int16 *memory, int8_t *output) {
    const int32_t a_unit = layer->rank * layer->memory, a_batch = layer->units * a_unit;
    int16_t *state = (int16_t *)memory;
    aot_mve_svdf_shift(state, layer->batches * a_batch);
    for (int32_t batch = 0; batch < layer->batches; ++batch, input += layer->features, state += a_batch) {
        aot_mve_svdf_features(layer, input, state + layer->memory - 1);
        for (int32_t unit = 0; unit < layer->units; ++unit) {
            const int32_t at = unit * a_unit;
            const int32_t sum = aot_mve_svdf_dot(state + at, layer->time_weights + at, a_unit, layer->bias[unit]);
            *output++ = aot_requantize_output((uint32_t)sum, layer->time_factor, &layer->output, AOT_WHOLE_RANGE);
        }
    }
}

#endif
