/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* SUM, MEAN, REDUCE_MAX and REDUCE_MIN of float32, in the order of the input. */
#ifndef AOT_REDUCE_FLOAT32_H
#define AOT_REDUCE_FLOAT32_H

#include "reduce.h"

#define AOT_LARGEST_FLOAT 3.40282347e+38f

/* `kind` is a constant.  Comparisons leave out what is not a number. */
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

/* `count` 0: the result as it is; otherwise it is divided by `count`. */
AOT_INLINE void aot_reduce_float32(const aot_reduce_layer *layer, const aot_float32 *input, aot_float32 *output,
                                   int kind, int32_t count) {
    const aot_reduce_loops *kept = &layer->kept;
    for (int32_t a = 0; a < kept->size[0]; ++a) {
        for (int32_t b = 0; b < kept->size[1]; ++b) {
            for (int32_t c = 0; c < kept->size[2]; ++c) {
                const float result = aot_reduce_floats(&layer->reduced, input + aot_reduce_start(kept, a, b, c), kind);
                *output++ = count > 0 ? result / (float)count : result;
            }
        }
    }
}

static inline void aot_sum_float32(const aot_reduce_layer *layer, const aot_float32 *input, aot_float32 *output) {
    aot_reduce_float32(layer, input, output, AOT_REDUCE_SUM, 0);
}

static inline void aot_mean_float32(const aot_reduce_layer *layer, const aot_float32 *input, aot_float32 *output,
                                    int32_t count) {
    aot_reduce_float32(layer, input, output, AOT_REDUCE_SUM, count);
}

static inline void aot_reduce_max_float32(const aot_reduce_layer *layer, const aot_float32 *input,
                                          aot_float32 *output) {
    aot_reduce_float32(layer, input, output, AOT_REDUCE_MAX, 0);
}

static inline void aot_reduce_min_float32(const aot_reduce_layer *layer, const aot_float32 *input,
                                          aot_float32 *output) {
    aot_reduce_float32(layer, input, output, AOT_REDUCE_MIN, 0);
}

#endif
