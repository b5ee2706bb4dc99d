/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Reductions: SUM, MEAN, REDUCE_MAX, REDUCE_MIN over any dimensions.
 *
 * The compiler of the model sorts the dimensions into those that stay and those that go, three of each at most once
 * neighbours are merged.  Elements are added up in the order of the input: float sums depend on it. */
#ifndef AOT_REDUCE_H
#define AOT_REDUCE_H

#include "aot.h"

typedef struct {
    int32_t size[3]; /* turns of the loops, outermost first */
    int32_t step[3]; /* elements from one turn to the next in the input */
} aot_reduce_loops;

typedef struct {
    aot_reduce_loops kept;
    aot_reduce_loops reduced;
} aot_reduce_layer;

enum { AOT_REDUCE_SUM, AOT_REDUCE_MAX, AOT_REDUCE_MIN };

AOT_INLINE int32_t aot_reduce_load(const void *input, int32_t index, int bytes) {
    return bytes == 1 ? ((const int8_t *)input)[index] : ((const aot_int16 *)input)[index];
}

/* One output.  `kind` and `bytes` (of an element) are constants.  A sum may wrap, as in TensorFlow Lite Micro. */
AOT_INLINE int32_t aot_reduce_integers(const aot_reduce_loops *loops, const void *input, int32_t start, int kind,
                                       int bytes) {
    const int32_t first = kind == AOT_REDUCE_SUM ? 0 : kind == AOT_REDUCE_MAX ? INT32_MIN : INT32_MAX;
    int32_t result = first;
    for (int32_t a = 0; a < loops->size[0]; ++a) {
        for (int32_t b = 0; b < loops->size[1]; ++b) {
            int32_t index = start + a * loops->step[0] + b * loops->step[1];
            for (int32_t c = loops->size[2]; c > 0; --c, index += loops->step[2]) {
                const int32_t value = aot_reduce_load(input, index, bytes);
                if (kind == AOT_REDUCE_SUM) {
                    result = (int32_t)((uint32_t)result + (uint32_t)value);
                } else {
                    result = kind == AOT_REDUCE_MAX ? aot_max(result, value) : aot_min(result, value);
                }
            }
        }
    }
    return result;
}

/* Where the elements of output number (a, b, c) start. */
AOT_INLINE int32_t aot_reduce_start(const aot_reduce_loops *kept, int32_t a, int32_t b, int32_t c) {
    return a * kept->step[0] + b * kept->step[1] + c * kept->step[2];
}

/* How sums become outputs: (sum + offset) * multiplier / 2^31 * 2^shift + zero_point. */
typedef struct {
    aot_reduce_layer loops;
    int32_t offset; /* minus the input's zero point times the elements of a sum */
    int32_t multiplier;
    int32_t shift;
    int32_t zero_point;
} aot_sum_layer;

AOT_INLINE int32_t aot_sum_output(const aot_sum_layer *layer, const void *input, int32_t start, int bytes) {
    const int32_t sum = aot_reduce_integers(&layer->loops.reduced, input, start, AOT_REDUCE_SUM, bytes);
    const int32_t centred = (int32_t)((uint32_t)sum + (uint32_t)layer->offset);
    return (int32_t)((uint32_t)aot_requantize(centred, layer->multiplier, layer->shift) + (uint32_t)layer->zero_point);
}

static inline void aot_sum_int8(const aot_sum_layer *layer, const int8_t *input, int8_t *output) {
    const aot_reduce_loops *kept = &layer->loops.kept;
    for (int32_t a = 0; a < kept->size[0]; ++a) {
        for (int32_t b = 0; b < kept->size[1]; ++b) {
            for (int32_t c = 0; c < kept->size[2]; ++c) {
                const int32_t start = aot_reduce_start(kept, a, b, c);
                *output++ = aot_saturate(aot_sum_output(layer, input, start, 1));
            }
        }
    }
}

static inline void aot_sum_int16(const aot_sum_layer *layer, const aot_int16 *input, aot_int16 *output) {
    const aot_reduce_loops *kept = &layer->loops.kept;
    for (int32_t a = 0; a < kept->size[0]; ++a) {
        for (int32_t b = 0; b < kept->size[1]; ++b) {
            for (int32_t c = 0; c < kept->size[2]; ++c) {
                const int32_t start = aot_reduce_start(kept, a, b, c);
                *output++ = aot_clamp_int16(aot_sum_output(layer, input, start, 2), INT16_MIN, INT16_MAX);
            }
        }
    }
}

AOT_INLINE void aot_extreme_int16(const aot_reduce_layer *layer, const aot_int16 *input, aot_int16 *output, int kind) {
    for (int32_t a = 0; a < layer->kept.size[0]; ++a) {
        for (int32_t b = 0; b < layer->kept.size[1]; ++b) {
            for (int32_t c = 0; c < layer->kept.size[2]; ++c) {
                const int32_t start = aot_reduce_start(&layer->kept, a, b, c);
                *output++ = (int16_t)aot_reduce_integers(&layer->reduced, input, start, kind, 2);
            }
        }
    }
}

static inline void aot_reduce_max_int16(const aot_reduce_layer *layer, const aot_int16 *input, aot_int16 *output) {
    aot_extreme_int16(layer, input, output, AOT_REDUCE_MAX);
}

static inline void aot_reduce_min_int16(const aot_reduce_layer *layer, const aot_int16 *input, aot_int16 *output) {
    aot_extreme_int16(layer, input, output, AOT_REDUCE_MIN);
}

AOT_INLINE void aot_extreme_int8(const aot_reduce_layer *layer, const void *input, void *output, int kind) {
    int8_t *to = (int8_t *)output;
    for (int32_t a = 0; a < layer->kept.size[0]; ++a) {
        for (int32_t b = 0; b < layer->kept.size[1]; ++b) {
            for (int32_t c = 0; c < layer->kept.size[2]; ++c) {
                const int32_t start = aot_reduce_start(&layer->kept, a, b, c);
                *to++ = (int8_t)aot_reduce_integers(&layer->reduced, input, start, kind, 1);
            }
        }
    }
}

static inline void aot_reduce_max_int8(const aot_reduce_layer *layer, const void *input, void *output) {
    aot_extreme_int8(layer, input, output, AOT_REDUCE_MAX);
}

static inline void aot_reduce_min_int8(const aot_reduce_layer *layer, const void *input, void *output) {
    aot_extreme_int8(layer, input, output, AOT_REDUCE_MIN);
}

#endif
