/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* AVERAGE_POOL_2D, int8.  Input and output have the same scale and zero point, so values are averaged as they are.
 *
 * Layout of both: [batch][y][x][channel].  Window elements outside the image do not count: the divisor is the number of
 * elements inside.  Averages are rounded to nearest, halves away from zero. */
#ifndef AOT_AVERAGE_POOL_2D_H
#define AOT_AVERAGE_POOL_2D_H

#include "aot.h"

typedef struct {
    int32_t batches;
    int32_t input_height;
    int32_t input_width;
    int32_t channels;
    int32_t output_height;
    int32_t output_width;
    int32_t kernel_height;
    int32_t kernel_width;
    int32_t stride_y;
    int32_t stride_x;
    int32_t pad_top;
    int32_t pad_left;
    int32_t minimum; /* of the fused activation, quantized */
    int32_t maximum;
} aot_average_pool_2d_layer;

/* One output pixel over `rows` x `columns` inputs from `input` on. */
AOT_INLINE void aot_average_pool_2d_pixel(const aot_average_pool_2d_layer *layer, const int8_t *input, int32_t rows,
                                          int32_t columns, int8_t *output) {
    const int32_t channels = layer->channels, row_step = layer->input_width * channels;
    const int32_t count = rows * columns, half = count / 2;
    for (int32_t c = 0; c < channels; ++c) {
        int32_t sum = 0;
        const int8_t *row = input + c;
        for (int32_t y = 0; y < rows; ++y, row += row_step) {
            const int8_t *x = row;
            for (int32_t i = columns; i > 0; --i, x += channels) {
                sum += *x;
            }
        }
        output[c] = aot_clamp((sum > 0 ? sum + half : sum - half) / count, layer->minimum, layer->maximum);
    }
}

static inline void aot_average_pool_2d(const aot_average_pool_2d_layer *layer, const int8_t *input, int8_t *output) {
    const int32_t width = layer->input_width, height = layer->input_height;
    for (int32_t batch = 0; batch < layer->batches; ++batch) {
        for (int32_t out_y = 0; out_y < layer->output_height; ++out_y) {
            const int32_t y = out_y * layer->stride_y - layer->pad_top;
            const int32_t top = aot_max(y, 0), bottom = aot_min(y + layer->kernel_height, height);
            for (int32_t out_x = 0; out_x < layer->output_width; ++out_x) {
                const int32_t x = out_x * layer->stride_x - layer->pad_left;
                const int32_t left = aot_max(x, 0), right = aot_min(x + layer->kernel_width, width);
                aot_average_pool_2d_pixel(layer, input + (top * width + left) * layer->channels, bottom - top,
                                          right - left, output);
                output += layer->channels;
            }
        }
        input += height * width * layer->channels;
    }
}

#endif
