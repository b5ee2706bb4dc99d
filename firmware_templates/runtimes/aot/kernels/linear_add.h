/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* ADD, int8, of tensors of one shape, as the instruction sets do it (dsp/add.h, mve/add.h).
 *
 * TensorFlow Lite Micro scales both inputs to a common scale with 20 more bits, adds, and rescales, rounding each time.
 * To the last bit the same is
 *
 *     output = clamp((start + (x1 * f1 >> 8) + (x2 * f2 >> 8)) >> 20)
 *
 * where f is 2^28 * input scale / output scale, and `start` is found by the compiler of the model (linear_add.py),
 * which compares all 65,536 pairs of inputs.  Where there is none, the layer falls back to the portable kernel. */
#ifndef AOT_LINEAR_ADD_H
#define AOT_LINEAR_ADD_H

#include "aot.h"

#define AOT_LINEAR_ADD_FRACTION_BITS 20

typedef struct {
    int32_t start;
    int32_t factor1;
    int32_t factor2;
    aot_range range; /* of the fused activation; where it ends inside the 8-bit range */
} aot_linear_add;

#endif
