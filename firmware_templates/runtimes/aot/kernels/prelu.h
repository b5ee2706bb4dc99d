/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* PRELU, int8 and int16: x where it is not negative, else alpha * x, each with its own factor to the output's scale. */
#ifndef AOT_PRELU_H
#define AOT_PRELU_H

#include "aot.h"

typedef struct {
    int32_t zero_point;
    int32_t alpha_zero_point;
    aot_factor factor[2]; /* of x; of alpha * x */
    aot_output output;
} aot_prelu_layer;

AOT_INLINE int32_t aot_prelu(const aot_prelu_layer *layer, int32_t x, int32_t alpha) {
    const int32_t value = x - layer->zero_point;
    const int32_t product = value < 0 ? value * (alpha - layer->alpha_zero_point) : value;
    return aot_output_of(aot_requantize_by(product, layer->factor[value < 0]), &layer->output);
}

#endif
