/* MUL, int8 and int16: output = clamp(rescale((x - zero point 1) * (y - zero point 2)) + output zero point). */
#ifndef AOT_MUL_H
#define AOT_MUL_H

#include "aot.h"

typedef struct {
    int32_t input_zero_point[2];
    int32_t multiplier;
    int32_t shift;
    int32_t zero_point;
    int32_t minimum; /* of the fused activation, quantized */
    int32_t maximum;
} aot_mul_layer;

/* `requantize`: how the product becomes the output, a constant of the kernel class. */
AOT_INLINE int8_t aot_mul_int8(const aot_mul_layer *layer, int32_t x, int32_t y, int requantize) {
    const int32_t product = (x - layer->input_zero_point[0]) * (y - layer->input_zero_point[1]);
    return aot_requantize_output((uint32_t)product, layer->multiplier, layer->shift, layer->zero_point, layer->minimum,
                                 layer->maximum, requantize);
}

/* All zero points are 0. */
AOT_INLINE int16_t aot_mul_int16(const aot_mul_layer *layer, int32_t x, int32_t y) {
    return aot_clamp_int16(aot_requantize(x * y, layer->multiplier, layer->shift), layer->minimum, layer->maximum);
}

#endif
