/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* EQUAL, LESS and so on of int8: both values are brought to one scale, with 8 more bits, before they are compared. */
#ifndef AOT_COMPARE_H
#define AOT_COMPARE_H

#include "aot.h"

typedef struct {
    int32_t zero_point;
    int32_t multiplier;
    int32_t shift; /* 0 or negative */
} aot_compare_input;

typedef struct {
    aot_compare_input input[2];
} aot_compare_layer;

AOT_INLINE int32_t aot_compare_scale(const aot_compare_input *input, int32_t value) {
    return aot_requantize((value - input->zero_point) * 256, input->multiplier, input->shift);
}

#endif
