/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Where a slice starts whose position is only known while the model runs: SLICE and DYNAMIC_UPDATE_SLICE.
 *
 * Positions outside are moved to the nearest one at which the slice lies inside, so that no input can make the copy
 * that follows leave its tensors. */
#ifndef AOT_START_H
#define AOT_START_H

#include "copy.h"

typedef struct {
    int32_t last[5]; /* the largest position along each dimension */
    int32_t step[5]; /* bytes from one position to the next */
    aot_copy copy;   /* what is done there */
} aot_start;

AOT_INLINE int32_t aot_start_inside(int64_t position, int32_t last) {
    return position < 0 ? 0 : position > last ? last : (int32_t)position;
}

/* Bytes from the start of the tensor to the slice at `position`, which has `rank` elements. */
#define AOT_START(name, type)                                                                                          \
    static inline int32_t name(const aot_start *start, const type *position, int32_t rank) {                           \
        int32_t offset = 0;                                                                                            \
        for (int32_t i = 0; i < rank; ++i) {                                                                           \
            offset += aot_start_inside(position[i], start->last[i]) * start->step[i];                                  \
        }                                                                                                              \
        return offset;                                                                                                 \
    }

AOT_START(aot_start_int32, aot_int32)
AOT_START(aot_start_int64, aot_int64)

#undef AOT_START

/* Copies a tensor to where it is to be changed, unless it is there already. */
static inline void aot_start_with(const void *input, void *output, int32_t size_bytes) {
    if (input != output) {
        memcpy(output, input, (size_t)size_bytes);
    }
}

#endif
