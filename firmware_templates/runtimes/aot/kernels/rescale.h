/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* One value from one quantization to another: QUANTIZE between integers, RELU, ABS, LEAKY_RELU. */
#ifndef AOT_RESCALE_H
#define AOT_RESCALE_H

#include "aot.h"

typedef struct {
    int32_t input_zero_point;
    int32_t multiplier;
    int32_t shift;
    int32_t zero_point; /* of the output */
    int32_t minimum;    /* of the element type or the activation */
    int32_t maximum;
} aot_rescale_layer;

AOT_INLINE int32_t aot_rescale_to(const aot_rescale_layer *layer, int32_t scaled) {
    const int32_t output = (int32_t)((uint32_t)scaled + (uint32_t)layer->zero_point);
    return aot_min(aot_max(output, layer->minimum), layer->maximum);
}

/* clamp((value - input zero point) * multiplier / 2^31 * 2^shift + zero point) */
AOT_INLINE int32_t aot_rescale(const aot_rescale_layer *layer, int32_t value) {
    const int32_t centred = (int32_t)((uint32_t)value - (uint32_t)layer->input_zero_point);
    return aot_rescale_to(layer, aot_requantize(centred, layer->multiplier, layer->shift));
}

/* The same of the magnitude; without a factor where `same_scale`, a constant of the kernel class. */
AOT_INLINE int32_t aot_rescale_magnitude(const aot_rescale_layer *layer, int32_t value, int same_scale) {
    const int32_t centred = value - layer->input_zero_point;
    const int32_t magnitude = centred < 0 ? -centred : centred;
    return aot_rescale_to(layer, same_scale ? magnitude : aot_requantize(magnitude, layer->multiplier, layer->shift));
}

typedef struct {
    aot_rescale_layer positive;
    int32_t multiplier; /* of values below zero; its sign is put in after rounding */
    int32_t shift;
    int32_t sign; /* 1 or -1 */
} aot_leaky_relu_layer;

AOT_INLINE int32_t aot_leaky_relu(const aot_leaky_relu_layer *layer, int32_t value) {
    const int32_t centred = value - layer->positive.input_zero_point;
    if (centred >= 0) {
        return aot_rescale(&layer->positive, value);
    }
    const int32_t scaled = aot_requantize(centred, layer->multiplier, layer->shift);
    return aot_rescale_to(&layer->positive, layer->sign < 0 ? (int32_t)(0 - (uint32_t)scaled) : scaled);
}

#endif
