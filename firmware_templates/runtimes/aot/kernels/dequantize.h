/* DEQUANTIZE: int8 to float32. */
#ifndef AOT_DEQUANTIZE_H
#define AOT_DEQUANTIZE_H

#include "aot.h"

/* output = scale * (input - zero_point).  TensorFlow Lite Micro multiplies in double and rounds to float; a scale has
 * 24 bits and the difference 9, so both ways round the same exact product once. */
static inline void aot_dequantize_int8(const int8_t *input, aot_float32 *output, int32_t count, float scale,
                                       int32_t zero_point) {
    for (int32_t i = 0; i < count; ++i) {
        output[i] = scale * (float)(input[i] - zero_point);
    }
}

#endif
