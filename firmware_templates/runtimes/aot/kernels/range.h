/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* RELU6 of integers: a clamp of the stored values. */
#ifndef AOT_RANGE_H
#define AOT_RANGE_H

#include "aot.h"

typedef struct {
    int32_t minimum;
    int32_t maximum;
} aot_range;

#endif
