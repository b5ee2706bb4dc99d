/* ADD and SUB, int8 and int16: one element.
 *
 * Both inputs are brought to twice the larger input scale with more fraction bits (20 for int8, 15 for int16), added or
 * subtracted, and rescaled to the output:
 * output = clamp(rescale(scale1(x1 - zero point 1) +- scale2(x2 - zero point 2)) + output zero point).
 * The input with the larger scale has a factor of exactly a half: a shift instead of a multiplication. */
#ifndef AOT_ADD_H
#define AOT_ADD_H

#include "aot.h"

typedef struct {
    int32_t zero_point;
    int32_t multiplier;
    int32_t shift; /* 0 or negative */
} aot_add_input;

typedef struct {
    aot_add_input input[2];
    int32_t multiplier;
    int32_t shift; /* 0 or negative */
    int32_t zero_point;
    int32_t minimum; /* of the fused activation, quantized */
    int32_t maximum;
} aot_add_layer;

/* `bits` and `half` (the input's factor is a half) are constants of the kernel class. */
AOT_INLINE uint32_t aot_add_scale(const aot_add_input *input, int32_t value, int bits, int half) {
    const int32_t centred = value - input->zero_point;
    return (uint32_t)(half ? centred * (INT32_C(1) << (bits - 1))
                           : aot_requantize(centred * (INT32_C(1) << bits), input->multiplier, input->shift));
}

AOT_INLINE uint32_t aot_add_scaled(const aot_add_layer *layer, int32_t x, int32_t y, int bits, int half0, int half1) {
    return aot_add_scale(&layer->input[0], x, bits, half0) + aot_add_scale(&layer->input[1], y, bits, half1);
}

AOT_INLINE uint32_t aot_sub_scaled(const aot_add_layer *layer, int32_t x, int32_t y, int bits, int half0, int half1) {
    return aot_add_scale(&layer->input[0], x, bits, half0) - aot_add_scale(&layer->input[1], y, bits, half1);
}

/* `requantize`: how the sum becomes the output, a constant of the kernel class. */
AOT_INLINE int8_t aot_add_requantize(const aot_add_layer *layer, uint32_t sum, int requantize) {
    return aot_requantize_output(sum, layer->multiplier, layer->shift, layer->zero_point, layer->minimum,
                                 layer->maximum, requantize);
}

AOT_INLINE int16_t aot_add_requantize_int16(const aot_add_layer *layer, uint32_t sum) {
    const int32_t scaled = aot_requantize((int32_t)sum, layer->multiplier, layer->shift);
    return aot_clamp_int16(scaled + layer->zero_point, layer->minimum, layer->maximum);
}

#endif
