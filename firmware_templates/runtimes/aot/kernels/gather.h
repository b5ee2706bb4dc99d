/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* GATHER and GATHER_ND: slices of a tensor that are chosen by their positions.
 *
 * Positions that the model computes are moved inside the tensor where they lie outside: nothing beyond it is read. */
#ifndef AOT_GATHER_H
#define AOT_GATHER_H

#include "aot.h"

typedef struct {
    int32_t batches;
    int32_t outer; /* slices in front of the axis */
    int32_t count; /* positions of a batch */
    int32_t axis;  /* slices along the axis */
    int32_t slice_bytes;
} aot_gather_layer;

/* input: [batches][outer][axis][slice], positions: [batches][count], output: [batches][outer][count][slice]. */
static inline void aot_gather(const aot_gather_layer *layer, const void *input, const aot_int32 *positions,
                              void *output) {
    const uint8_t *from = (const uint8_t *)input;
    uint8_t *to = (uint8_t *)output;
    for (int32_t batch = 0; batch < layer->batches; ++batch) {
        for (int32_t outer = 0; outer < layer->outer; ++outer) {
            for (int32_t i = 0; i < layer->count; ++i) {
                const int32_t position = aot_min(aot_max(positions[i], 0), layer->axis - 1);
                memcpy(to, from + position * layer->slice_bytes, (size_t)layer->slice_bytes);
                to += layer->slice_bytes;
            }
            from += layer->axis * layer->slice_bytes;
        }
        positions += layer->count;
    }
}

typedef struct {
    int32_t count;   /* slices */
    int32_t depth;   /* elements of a position */
    int32_t step[5]; /* bytes from one index to the next */
    int32_t slice_bytes;
    int32_t last_bytes; /* where the last slice starts */
} aot_gather_nd_layer;

/* positions: [count][depth], output: [count][slice]. */
static inline void aot_gather_nd(const aot_gather_nd_layer *layer, const void *input, const aot_int32 *positions,
                                 void *output) {
    uint8_t *to = (uint8_t *)output;
    for (int32_t i = 0; i < layer->count; ++i, positions += layer->depth) {
        int64_t start = 0;
        for (int32_t d = 0; d < layer->depth; ++d) {
            start += (int64_t)positions[d] * layer->step[d];
        }
        start = start < 0 ? 0 : start > layer->last_bytes ? layer->last_bytes : start;
        memcpy(to + i * layer->slice_bytes, (const uint8_t *)input + start, (size_t)layer->slice_bytes);
    }
}

#endif
