/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* CUMSUM: running sums along an axis, with or without the element itself, forwards or backwards.
 *
 * int8 sums are kept with 19 more bits than the input has and may wrap.  They start at minus the zero point rather than
 * at 0: TensorFlow Lite Micro's kernel does, and results are equal to its results. */
#ifndef AOT_CUMSUM_H
#define AOT_CUMSUM_H

#include "aot.h"

typedef struct {
    int32_t outer; /* elements in front of the axis */
    int32_t axis;
    int32_t inner; /* elements behind it */
    int32_t exclusive;
    int32_t reverse;
} aot_cumsum_layer;

/* The index of the i-th element of a line, counted from its first. */
AOT_INLINE int32_t aot_cumsum_index(const aot_cumsum_layer *layer, int32_t i) {
    return (layer->reverse ? layer->axis - 1 - i : i) * layer->inner;
}

static inline void aot_cumsum_int8(const aot_cumsum_layer *layer, const int8_t *input, int8_t *output,
                                   int32_t input_zero_point, int32_t multiplier, int32_t shift, int32_t zero_point) {
    for (int32_t outer = 0; outer < layer->outer; ++outer) {
        for (int32_t inner = 0; inner < layer->inner; ++inner) {
            const int32_t start = outer * layer->axis * layer->inner + inner;
            uint32_t sum = (uint32_t)(-input_zero_point * (INT32_C(1) << 19));
            for (int32_t i = 0; i < layer->axis; ++i) {
                const int32_t index = start + aot_cumsum_index(layer, i);
                const uint32_t next = sum + (uint32_t)((input[index] - input_zero_point) * (INT32_C(1) << 19));
                const int32_t scaled = aot_requantize((int32_t)(layer->exclusive ? sum : next), multiplier, shift);
                output[index] = aot_saturate((int32_t)((uint32_t)scaled + (uint32_t)zero_point));
                sum = next;
            }
        }
    }
}

static inline void aot_cumsum_float32(const aot_cumsum_layer *layer, const aot_float32 *input, aot_float32 *output) {
    for (int32_t outer = 0; outer < layer->outer; ++outer) {
        for (int32_t inner = 0; inner < layer->inner; ++inner) {
            const int32_t start = outer * layer->axis * layer->inner + inner;
            float sum = 0.0f;
            for (int32_t i = 0; i < layer->axis; ++i) {
                const int32_t index = start + aot_cumsum_index(layer, i);
                const float next = sum + input[index];
                output[index] = layer->exclusive ? sum : next;
                sum = next;
            }
        }
    }
}

#endif
