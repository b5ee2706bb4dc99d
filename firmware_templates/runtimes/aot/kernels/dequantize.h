/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* DEQUANTIZE: int8, uint8 or int16 to float32. */
#ifndef AOT_DEQUANTIZE_H
#define AOT_DEQUANTIZE_H

#include "aot.h"

typedef struct {
    float scale;
    int32_t zero_point;
} aot_dequantize_layer;

/* TensorFlow Lite Micro multiplies in double and rounds to float; a scale has 24 bits and the difference 17 at most, so
 * both ways round the same exact product once. */
AOT_INLINE float aot_dequantize(const aot_dequantize_layer *layer, int32_t value) {
    return layer->scale * (float)(value - layer->zero_point);
}

#endif
