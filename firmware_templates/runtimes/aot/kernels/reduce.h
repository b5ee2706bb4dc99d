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

/* How sums become outputs: (sum + offset) * multiplier / 2^31 * 2^shift + zero point. */
typedef struct {
    aot_reduce_layer loops;
    int32_t offset; /* minus the input's zero point times the elements of a sum */
    aot_factor factor;
    aot_output output;
} aot_sum_layer;

/* SUM and MEAN of float32. */
typedef struct {
    aot_reduce_layer loops;
    int32_t count; /* what sums are divided by, or 0 */
} aot_sum_float32_layer;

enum { AOT_REDUCE_SUM, AOT_REDUCE_MAX, AOT_REDUCE_MIN };

/* One output.  `kind` and `bytes` (of an element) are constants.  A sum may wrap, as in TensorFlow Lite Micro. */
AOT_INLINE int32_t aot_reduce_integers(const aot_reduce_loops *loops, const void *input, int32_t start, int kind,
                                       int bytes) {
    const int32_t first = kind == AOT_REDUCE_SUM ? 0 : kind == AOT_REDUCE_MAX ? INT32_MIN : INT32_MAX;
    int32_t result = first;
    for (int32_t a = 0; a < loops->size[0]; ++a) {
        for (int32_t b = 0; b < loops->size[1]; ++b) {
            int32_t index = start + a * loops->step[0] + b * loops->step[1];
            for (int32_t c = loops->size[2]; c > 0; --c, index += loops->step[2]) {
                const int32_t value = aot_load(input, index, bytes);
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

#define AOT_LARGEST_FLOAT 3.40282347e+38f

/* The same of floats.  Comparisons leave out what is not a number. */
AOT_INLINE float aot_reduce_floats(const aot_reduce_loops *loops, const aot_float32 *input, int kind) {
    float result = kind == AOT_REDUCE_SUM ? 0.0f : kind == AOT_REDUCE_MAX ? -AOT_LARGEST_FLOAT : AOT_LARGEST_FLOAT;
    for (int32_t a = 0; a < loops->size[0]; ++a) {
        for (int32_t b = 0; b < loops->size[1]; ++b) {
            const aot_float32 *from = input + (a * loops->step[0] + b * loops->step[1]);
            for (int32_t c = 0; c < loops->size[2]; ++c) {
                const float value = from[c * loops->step[2]];
                if (kind == AOT_REDUCE_SUM) {
                    result += value;
                } else if (kind == AOT_REDUCE_MAX ? value > result : value < result) {
                    result = value;
                }
            }
        }
    }
    return result;
}

/* `kind` and `bytes` of an element (4: float32) are constants of the kernel class.  `sum`: of integers whose sums are
 * taken, else 0; `count`: of floats, see above. */
AOT_INLINE void aot_reduce(const aot_reduce_layer *layer, const aot_sum_layer *sum, int32_t count, const void *input,
                           void *output, int kind, int bytes) {
    const aot_reduce_loops *kept = &layer->kept;
    int32_t at = 0;
    for (int32_t a = 0; a < kept->size[0]; ++a) {
        for (int32_t b = 0; b < kept->size[1]; ++b) {
            for (int32_t c = 0; c < kept->size[2]; ++c, ++at) {
                const int32_t start = a * kept->step[0] + b * kept->step[1] + c * kept->step[2];
                if (bytes == 4) {
                    const float result = aot_reduce_floats(&layer->reduced, (const aot_float32 *)input + start, kind);
                    ((aot_float32 *)output)[at] = count > 0 ? result / (float)count : result;
                    continue;
                }
                int32_t result = aot_reduce_integers(&layer->reduced, input, start, kind, bytes);
                if (kind == AOT_REDUCE_SUM) {
                    const int32_t centred = (int32_t)((uint32_t)result + (uint32_t)sum->offset);
                    result = aot_output_of(aot_requantize_by(centred, sum->factor), &sum->output);
                }
                aot_store(output, at, result, bytes);
            }
        }
    }
}

#endif
