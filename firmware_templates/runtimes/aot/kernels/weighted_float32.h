/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED of float32: layers that were kept in floating point.
 *
 * Layouts: input [batch][y][x][channel], output the same; the weight of an output channel, of tap (y, x) of the kernel
 * and of an input channel of its group is at channel * channel_step + (y * kernel width + x) * tap_step + input
 * channel, which holds for both convolutions' own layouts.  A dense layer is a 1x1 convolution over a column of rows.
 * Sums are taken in TensorFlow Lite Micro's order, tap by tap, the bias last: the results have the same bits. */
#ifndef AOT_WEIGHTED_FLOAT32_H
#define AOT_WEIGHTED_FLOAT32_H

#include "aot.h"
#include "windows.h"

typedef struct {
    aot_windows windows;
    const float *weights;
    const float *bias; /* 0: none */
    int32_t groups;
    int32_t channel_step;
    int32_t tap_step;
    aot_float_range range; /* of the fused activation */
} aot_weighted_float32_layer;

/* One sum; x points to the group's first channel at the first tap inside the image, v to that tap's weights. */
static inline float aot_weighted_float32_sum(const aot_weighted_float32_layer *layer, const aot_float32 *x,
                                             const float *v, const aot_clip *clip) {
    const aot_windows *w = &layer->windows;
    const int32_t depth = w->input_channels / layer->groups;
    float sum = 0.0f;
    for (int32_t ky = clip->top; ky < clip->bottom; ++ky) {
        const aot_float32 *pixel = x + (ky - clip->top) * w->dilation_y * w->input_width * w->input_channels;
        const float *tap = v + (ky - clip->top) * w->kernel_width * layer->tap_step;
        for (int32_t kx = clip->left; kx < clip->right; ++kx) {
            for (int32_t d = 0; d < depth; ++d) {
                sum += pixel[d] * tap[d];
            }
            pixel += w->dilation_x * w->input_channels;
            tap += layer->tap_step;
        }
    }
    return sum;
}

static inline void aot_weighted_float32_pixel(const aot_weighted_float32_layer *layer, const aot_float32 *x,
                                              const aot_clip *clip, aot_float32 *output) {
    const aot_windows *w = &layer->windows;
    const int32_t depth = w->input_channels / layer->groups, group_channels = w->output_channels / layer->groups;
    const float *first = layer->weights + (clip->top * w->kernel_width + clip->left) * layer->tap_step;
    for (int32_t c = 0; c < w->output_channels; ++c) {
        const float sum =
            aot_weighted_float32_sum(layer, x + c / group_channels * depth, first + c * layer->channel_step, clip);
        const float value = sum + (layer->bias ? layer->bias[c] : 0.0f);
        output[c] = aot_clamp_float32(value, layer->range.minimum, layer->range.maximum);
    }
}

static inline void aot_weighted_float32(const aot_weighted_float32_layer *layer, const aot_float32 *input,
                                        aot_float32 *output) {
    const aot_windows *w = &layer->windows;
    for (int32_t batch = 0; batch < w->batches; ++batch) {
        for (int32_t out_y = 0; out_y < w->output_height; ++out_y) {
            aot_clip clip;
            const int32_t row_start = aot_clip_rows(w, out_y, &clip) * w->input_width;
            for (int32_t out_x = 0; out_x < w->output_width; ++out_x) {
                const int32_t pixel = row_start + aot_clip_columns(w, out_x, &clip);
                aot_weighted_float32_pixel(layer, input + pixel * w->input_channels, &clip, output);
                output += w->output_channels;
            }
        }
        input += w->input_height * w->input_width * w->input_channels;
    }
}

#endif
