/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* PRELU, int8 and int16: x where it is not negative, else alpha * x, each with its own factor to the output's scale. */
#ifndef AOT_PRELU_H
#define AOT_PRELU_H

#include "aot.h"

typedef struct {
    int32_t zero_point;
    int32_t alpha_zero_point;
    int32_t multiplier[2]; /* of x; of alpha * x */
    int32_t shift[2];
    int32_t output_zero_point;
    int32_t minimum; /* of the element type */
    int32_t maximum;
} aot_prelu_layer;

AOT_INLINE int32_t aot_prelu(const aot_prelu_layer *layer, int32_t x, int32_t alpha) {
    const int32_t value = x - layer->zero_point;
    const int32_t product = value < 0 ? value * (alpha - layer->alpha_zero_point) : value;
    const int which = value < 0;
    const int32_t scaled = aot_requantize(product, layer->multiplier[which], layer->shift[which]);
    const int32_t output = (int32_t)((uint32_t)scaled + (uint32_t)layer->output_zero_point);
    return aot_min(aot_max(output, layer->minimum), layer->maximum);
}

#endif
