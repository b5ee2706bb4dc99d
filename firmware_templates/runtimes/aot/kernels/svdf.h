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
    int32_t feature_multiplier;
    int32_t feature_shift;
    int32_t time_multiplier;
    int32_t time_shift;
    int32_t state_zero_point;
    int32_t output_zero_point;
} aot_svdf_layer;

AOT_INLINE int32_t aot_svdf_get(const void *array, int32_t at, int bytes) {
    return bytes == 1 ? ((const int8_t *)array)[at] : ((const aot_int16 *)array)[at];
}

AOT_INLINE void aot_svdf_put(void *array, int32_t at, int32_t value, int bytes) {
    if (bytes == 1) {
        ((int8_t *)array)[at] = (int8_t)value;
    } else {
        ((aot_int16 *)array)[at] = (int16_t)value;
    }
}

AOT_INLINE void aot_svdf_features(const aot_svdf_layer *layer, const int8_t *input, void *state, int32_t newest,
                                  int bytes) {
    const int32_t limit = bytes == 1 ? 127 : 32767;
    const int8_t *w = layer->feature_weights;
    for (int32_t filter = 0; filter < layer->units * layer->rank; ++filter) {
        uint32_t sum = (uint32_t)layer->effective_bias[filter];
        for (int32_t i = 0; i < layer->features; ++i) {
            sum += (uint32_t)(input[i] * *w++);
        }
        const int32_t scaled = aot_requantize((int32_t)sum, layer->feature_multiplier, layer->feature_shift);
        const int32_t value = aot_min(aot_max(scaled, -limit - 1), limit);
        aot_svdf_put(state, newest + filter * layer->memory, value + layer->state_zero_point, bytes);
    }
}

/* `bytes` of an element of the state is a constant of the kernel class. */
AOT_INLINE void aot_svdf(const aot_svdf_layer *layer, const int8_t *input, void *state, int8_t *output, int bytes) {
    const int32_t a_batch = layer->units * layer->rank * layer->memory;
    for (int32_t i = 1; i < layer->batches * a_batch; ++i) {
        aot_svdf_put(state, i - 1, aot_svdf_get(state, i, bytes), bytes);
    }
    for (int32_t batch = 0; batch < layer->batches; ++batch, input += layer->features) {
        aot_svdf_features(layer, input, state, batch * a_batch + layer->memory - 1, bytes);
        for (int32_t unit = 0, at = 0; unit < layer->units; ++unit) {
            uint32_t sum = (uint32_t)layer->bias[unit];
            for (const int32_t end = at + layer->rank * layer->memory; at < end; ++at) {
                const int32_t value = aot_svdf_get(state, batch * a_batch + at, bytes) - layer->state_zero_point;
                sum += (uint32_t)value * (uint32_t)aot_svdf_get(layer->time_weights, at, bytes);
            }
            *output++ = aot_requantize_output(sum, layer->time_multiplier, layer->time_shift, layer->output_zero_point,
                                              -128, 127, AOT_WHOLE_RANGE);
        }
    }
}

#endif
