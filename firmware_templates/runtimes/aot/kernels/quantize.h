/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* QUANTIZE of float32 to int8 or int16. */
#ifndef AOT_QUANTIZE_H
#define AOT_QUANTIZE_H

#include "aot.h"
#include "real.h"

typedef struct {
    float scale;
    aot_output output;
} aot_quantize_layer;

AOT_INLINE int32_t aot_quantize(const aot_quantize_layer *layer, float value) {
    const aot_output *output = &layer->output;
    return aot_quantize_real(value, layer->scale, output->zero_point, output->range.minimum, output->range.maximum);
}

#endif
