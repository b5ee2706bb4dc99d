/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* CONV_2D and DEPTHWISE_CONV_2D, int16 activations and int8 weights, with a scale for each output channel.
 *
 * Layouts: input [batch][y][x][channel], output the same, weights [output channel][kernel y][kernel x][depth], where
 * depth = input channels / groups; a depthwise convolution has as many groups as input channels.
 * output = clamp(rescale(bias + sum of weight * input)); TensorFlow Lite Micro applies no zero points here. */
#ifndef AOT_CONV_2D_INT16_H
#define AOT_CONV_2D_INT16_H

#include "aot.h"
#include "wide.h"
#include "windows.h"

typedef struct {
    aot_windows windows;
    const int8_t *weights;
    const void *bias; /* see aot_wide_bias */
    aot_requantization requantize;
    int32_t groups;
} aot_conv_2d_int16_layer;

/* How a row of a window lies in memory, a constant of the kernel class. */
enum {
    AOT_ROW_CONTIGUOUS = 0, /* one run: one group, no dilation along x */
    AOT_ROW_SCATTERED = 1,  /* a run of `depth` elements for each tap */
    AOT_ROW_SINGLE = 2      /* an element for each tap: depth is 1 */
};

/* One output pixel; x points to the first element of the window inside the image. */
AOT_INLINE void aot_conv_2d_int16_pixel(const aot_conv_2d_int16_layer *layer, const aot_int16 *x, const aot_clip *clip,
                                        aot_int16 *output, int row, int sums) {
    const aot_windows *w = &layer->windows;
    const int32_t depth = row == AOT_ROW_SINGLE ? 1 : w->input_channels / layer->groups;
    const int32_t group_channels = w->output_channels / layer->groups;
    const int32_t rows = clip->bottom - clip->top, columns = clip->right - clip->left;
    const int32_t tap_step = w->dilation_x * w->input_channels;
    const int32_t row_step = w->dilation_y * w->input_width * w->input_channels;
    const int32_t runs = row == AOT_ROW_SCATTERED ? columns : 1;
    const int32_t count = row == AOT_ROW_SCATTERED ? depth : columns * depth;
    const int32_t step = row == AOT_ROW_SINGLE ? tap_step : 1;
    const int8_t *weights = layer->weights + (clip->top * w->kernel_width + clip->left) * depth;
    for (int32_t group = 0, c = 0; group < layer->groups; ++group, x += depth) {
        for (const int32_t end = c + group_channels; c < end; ++c) {
            int64_t sum = 0;
            for (int32_t ky = 0; ky < rows; ++ky) {
                const aot_int16 *p = x + ky * row_step;
                const int8_t *v = weights + ky * w->kernel_width * depth;
                for (int32_t run = 0; run < runs; ++run) {
                    sum = aot_wide_dot(sum, p, v, count, step, sums);
                    p += tap_step;
                    v += depth;
                }
            }
            weights += w->kernel_height * w->kernel_width * depth;
            const int64_t bias = aot_wide_bias(layer->bias, c, sums);
            output[c] = (int16_t)aot_wide_output(&layer->requantize, sum, bias, c, sums);
        }
    }
}

/* `row` and `sums` are constants of the kernel class. */
AOT_INLINE void aot_conv_2d_int16(const aot_conv_2d_int16_layer *layer, const aot_int16 *input, aot_int16 *output,
                                  int row, int sums) {
    const aot_windows *w = &layer->windows;
    const int32_t channels = w->input_channels;
    for (int32_t batch = 0; batch < w->batches; ++batch) {
        for (int32_t out_y = 0; out_y < w->output_height; ++out_y) {
            aot_clip clip;
            const int32_t row_start = aot_clip_rows(w, out_y, &clip) * w->input_width;
            for (int32_t out_x = 0; out_x < w->output_width; ++out_x) {
                const int32_t pixel = row_start + aot_clip_columns(w, out_x, &clip);
                aot_conv_2d_int16_pixel(layer, input + pixel * channels, &clip, output, row, sums);
                output += w->output_channels;
            }
        }
        input += w->input_height * w->input_width * channels;
    }
}

#endif
