/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* ARG_MAX and ARG_MIN: the index of the largest or smallest element along an axis, the first one of equals. */
#ifndef AOT_ARG_EXTREME_H
#define AOT_ARG_EXTREME_H

#include "aot.h"

typedef struct {
    int32_t outer; /* elements in front of the axis */
    int32_t axis;
    int32_t inner; /* elements behind it */
} aot_arg_layer;

AOT_INLINE void aot_put_index(void *output, int32_t at, int32_t index, int wide) {
    if (wide) {
        ((aot_int64 *)output)[at] = index;
    } else {
        ((aot_int32 *)output)[at] = index;
    }
}

/* Of one element type: `largest` and `wide` (the output is int64) are constants. */
#define AOT_ARG_EXTREME(name, type)                                                                                    \
    AOT_INLINE void name(const aot_arg_layer *layer, const type *input, void *output, int wide, int largest) {         \
        int32_t at = 0;                                                                                                \
        for (int32_t outer = 0; outer < layer->outer; ++outer, input += layer->axis * layer->inner) {                  \
            for (int32_t inner = 0; inner < layer->inner; ++inner) {                                                   \
                int32_t found = 0;                                                                                     \
                type best = input[inner];                                                                              \
                for (int32_t i = 1; i < layer->axis; ++i) {                                                            \
                    const type value = input[i * layer->inner + inner];                                                \
                    if (largest ? value > best : value < best) {                                                       \
                        best = value;                                                                                  \
                        found = i;                                                                                     \
                    }                                                                                                  \
                }                                                                                                      \
                aot_put_index(output, at++, found, wide);                                                              \
            }                                                                                                          \
        }                                                                                                              \
    }

AOT_ARG_EXTREME(aot_arg_int8, int8_t)
AOT_ARG_EXTREME(aot_arg_float32, aot_float32)

#undef AOT_ARG_EXTREME

#endif
