/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* One value from one quantization to another: QUANTIZE between integers, RELU, ABS, LEAKY_RELU. */
#ifndef AOT_RESCALE_H
#define AOT_RESCALE_H

#include "aot.h"

typedef struct {
    int32_t input_zero_point;
    aot_factor factor;
    aot_output output;
} aot_rescale_layer;

/* clamp((value - input zero point) * multiplier / 2^31 * 2^shift + zero point) */
AOT_INLINE int32_t aot_rescale(const aot_rescale_layer *layer, int32_t value) {
    const int32_t centred = (int32_t)((uint32_t)value - (uint32_t)layer->input_zero_point);
    return aot_output_of(aot_requantize_by(centred, layer->factor), &layer->output);
}

/* The same of the magnitude; without a factor where `same_scale`, a constant of the kernel class. */
AOT_INLINE int32_t aot_rescale_magnitude(const aot_rescale_layer *layer, int32_t value, int same_scale) {
    const int32_t centred = value - layer->input_zero_point;
    const int32_t magnitude = centred < 0 ? -centred : centred;
    return aot_output_of(same_scale ? magnitude : aot_requantize_by(magnitude, layer->factor), &layer->output);
}

typedef struct {
    aot_rescale_layer positive;
    aot_factor factor; /* of values below zero; its sign is put in after rounding */
    int32_t sign;      /* 1 or -1 */
} aot_leaky_relu_layer;

/* Of float32: x where it is positive, else alpha * x. */
typedef struct {
    float alpha;
} aot_slope;

AOT_INLINE int32_t aot_leaky_relu(const aot_leaky_relu_layer *layer, int32_t value) {
    const int32_t centred = value - layer->positive.input_zero_point;
    if (centred >= 0) {
        return aot_rescale(&layer->positive, value);
    }
    const int32_t scaled = aot_requantize_by(centred, layer->factor);
    return aot_output_of(layer->sign < 0 ? (int32_t)(0 - (uint32_t)scaled) : scaled, &layer->positive.output);
}

#endif
