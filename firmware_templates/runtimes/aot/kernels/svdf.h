/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* SVDF, int8: a filter over features whose results are remembered, and a filter over time.
 *
 * Layouts: input [batch][feature], state [batch][filter][memory], the newest result last; `rank` filters make a unit:
 * output [batch][unit].  Each inference shifts the whole state by one element, puts the new results in, and sums over
 * memory and rank.  The state is int8 or int16, the time weights are of the same type. */
#ifndef AOT_SVDF_H
#define AOT_SVDF_H

#include "aot.h"

typedef struct {
    int32_t batches;
    int32_t features;
    int32_t units;
    int32_t rank;
    int32_t memory;
    const int8_t *feature_weights; /* [filter][feature] */
    const int32_t *effective_bias; /* [filter]: - input zero point * sum of the filter's feature weights */
    const void *time_weights;      /* [filter][memory] */
    const int32_t *bias;           /* [unit] */
    aot_factor feature_factor;
    aot_factor time_factor;
    int32_t state_zero_point;
    aot_output output;
} aot_svdf_layer;

AOT_INLINE void aot_svdf_features(const aot_svdf_layer *layer, const int8_t *input, void *state, int32_t newest,
                                  int bytes) {
    const int32_t limit = bytes == 1 ? 127 : 32767;
    const int8_t *w = layer->feature_weights;
    for (int32_t filter = 0; filter < layer->units * layer->rank; ++filter) {
        uint32_t sum = (uint32_t)layer->effective_bias[filter];
        for (int32_t i = 0; i < layer->features; ++i) {
            sum += (uint32_t)(input[i] * *w++);
        }
        const int32_t scaled = aot_requantize_by((int32_t)sum, layer->feature_factor);
        const int32_t value = aot_min(aot_max(scaled, -limit - 1), limit);
        aot_store(state, newest + filter * layer->memory, value + layer->state_zero_point, bytes);
    }
}

/* `bytes` of an element of the state is a constant of the kernel class. */
AOT_INLINE void aot_svdf(const aot_svdf_layer *layer, const int8_t *input, void *state, int8_t *output, int bytes) {
    const int32_t a_batch = layer->units * layer->rank * layer->memory;
    for (int32_t i = 1; i < layer->batches * a_batch; ++i) {
        aot_store(state, i - 1, aot_load(state, i, bytes), bytes);
    }
    for (int32_t batch = 0; batch < layer->batches; ++batch, input += layer->features) {
        aot_svdf_features(layer, input, state, batch * a_batch + layer->memory - 1, bytes);
        for (int32_t unit = 0, at = 0; unit < layer->units; ++unit) {
            uint32_t sum = (uint32_t)layer->bias[unit];
            for (const int32_t end = at + layer->rank * layer->memory; at < end; ++at) {
                const int32_t value = aot_load(state, batch * a_batch + at, bytes) - layer->state_zero_point;
                sum += (uint32_t)value * (uint32_t)aot_load(layer->time_weights, at, bytes);
            }
            *output++ = aot_requantize_output(sum, layer->time_factor, &layer->output, AOT_WHOLE_RANGE);
        }
    }
}

#endif
