/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* QUANTIZE of float32 to int8 or int16. */
#ifndef AOT_QUANTIZE_H
#define AOT_QUANTIZE_H

#include "aot.h"
#include "real.h"

typedef struct {
    float scale;
    int32_t zero_point;
    int32_t minimum; /* of the element type */
    int32_t maximum;
} aot_quantize_layer;

AOT_INLINE int32_t aot_quantize(const aot_quantize_layer *layer, float value) {
    return aot_quantize_real(value, layer->scale, layer->zero_point, layer->minimum, layer->maximum);
}

#endif
