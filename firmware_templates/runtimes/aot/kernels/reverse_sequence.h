/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* REVERSE_SEQUENCE: the first elements of each sequence of a batch backwards, the others as they are.
 *
 * Lengths that the model computes are cut to the sequence where they are longer: nothing beyond it is read. */
#ifndef AOT_REVERSE_SEQUENCE_H
#define AOT_REVERSE_SEQUENCE_H

#include "aot.h"

typedef struct {
    int32_t outer;
    int32_t first; /* sizes of the two dimensions, of sequences and of the batch, in their order */
    int32_t between;
    int32_t second;
    int32_t slice_bytes;
    int32_t batch_is_first;
} aot_reverse_sequence_layer;

/* Where position i of a sequence comes from. */
static inline int32_t aot_reversed_position(int32_t i, int64_t length) {
    return i < length ? (int32_t)(length - 1 - i) : i;
}

/* The elements behind one index of the first dimension; `from` and `to` are those of the outer index. */
static inline void aot_reverse_rows(const aot_reverse_sequence_layer *layer, const uint8_t *from, uint8_t *to,
                                    int32_t first, int32_t second, int64_t length) {
    const int32_t from_first = layer->batch_is_first ? first : aot_reversed_position(first, length);
    const int32_t from_second = layer->batch_is_first ? aot_reversed_position(second, length) : second;
    for (int32_t i = 0; i < layer->between; ++i) {
        const int32_t source = (from_first * layer->between + i) * layer->second + from_second;
        const int32_t target = (first * layer->between + i) * layer->second + second;
        memcpy(to + target * layer->slice_bytes, from + source * layer->slice_bytes, (size_t)layer->slice_bytes);
    }
}

/* input, output: [outer][first][between][second][slice], lengths: [batch]. */
#define AOT_REVERSE_SEQUENCE(name, length_type)                                                                        \
    static inline void name(const aot_reverse_sequence_layer *layer, const void *input, const length_type *lengths,    \
                            void *output) {                                                                            \
        const uint8_t *from = (const uint8_t *)input;                                                                  \
        uint8_t *to = (uint8_t *)output;                                                                               \
        const int32_t longest = layer->batch_is_first ? layer->second : layer->first;                                  \
        const int32_t step = layer->first * layer->between * layer->second * layer->slice_bytes;                       \
        for (int32_t outer = 0; outer < layer->outer; ++outer, from += step, to += step) {                             \
            for (int32_t first = 0; first < layer->first; ++first) {                                                   \
                for (int32_t second = 0; second < layer->second; ++second) {                                           \
                    const int64_t length = lengths[layer->batch_is_first ? first : second];                            \
                    aot_reverse_rows(layer, from, to, first, second, length < longest ? length : longest);             \
                }                                                                                                      \
            }                                                                                                          \
        }                                                                                                              \
    }

AOT_REVERSE_SEQUENCE(aot_reverse_sequence_int32, aot_int32)
AOT_REVERSE_SEQUENCE(aot_reverse_sequence_int64, aot_int64)

#undef AOT_REVERSE_SEQUENCE

#endif
