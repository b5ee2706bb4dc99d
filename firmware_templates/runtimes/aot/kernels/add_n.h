/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* ADD_N, int8: output = clamp(rescale(sum of the inputs - offset) + zero point).
 *
 * `offset` is the inputs' zero point times one more than there are inputs: TensorFlow Lite Micro starts the sum at
 * minus the zero point instead of zero, and so do we. */
#ifndef AOT_ADD_N_H
#define AOT_ADD_N_H

#include "aot.h"

typedef struct {
    int32_t offset;
    aot_factor factor;
    int32_t zero_point;
} aot_add_n_layer;

AOT_INLINE int8_t aot_add_n(const aot_add_n_layer *layer, int32_t sum) {
    /* Times a half, with 20 more bits; wraps as it does there. */
    const int32_t scaled = (int32_t)((uint32_t)(sum - layer->offset) << 19);
    return aot_saturate(aot_requantize_by(scaled, layer->factor) + layer->zero_point);
}

#endif
