/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* DEPTHWISE_CONV_2D, int8, with a scale for each output channel.
 *
 * Layouts: input [batch][y][x][channel], weights [output channel][kernel y][kernel x], output [batch][y][x][output
 * channel]; output channel = channel * depth multiplier + m. output = clamp(rescale(bias + sum of weight * (input -
 * input zero point))).
 *
 * Windows inside the image start from `effective_bias` = bias - zero point * sum of weights and multiply inputs as they
 * are, two pixels at a time, so that a weight is loaded once for two products.  Windows that reach over the border
 * leave out the taps outside (they stand for real zeros) and subtract the zero point tap by tap. */
#ifndef AOT_DEPTHWISE_CONV_2D_H
#define AOT_DEPTHWISE_CONV_2D_H

#include "direct.h"

/* The body of an aot_inside.  Constants of the kernel class: kernel_height; kernel_width; `single`: the depth
 * multiplier is 1; `requantize`: see aot_requantize_output. */
AOT_INLINE void aot_depthwise_conv_2d_inside(const aot_direct_layer *layer, const int8_t *x0, const int8_t *x1,
                                             int8_t *out0, int8_t *out1, int32_t kernel_height, int32_t kernel_width,
                                             int single, int requantize) {
    const int32_t out_channels = layer->windows.output_channels, channels = layer->windows.input_channels;
    const int32_t tap_step = layer->windows.dilation_x * channels;
    const int32_t row_step = layer->windows.dilation_y * layer->windows.input_width * channels;
    const int8_t *w = layer->weights;
    for (int32_t c = 0, m = 0; c < out_channels; ++c) {
        uint32_t sum0 = (uint32_t)layer->effective_bias[c], sum1 = sum0;
        const int8_t *p0 = x0, *p1 = x1;
        AOT_UNROLL
        for (int32_t ky = 0; ky < kernel_height; ++ky) {
            int32_t at = 0;
            AOT_UNROLL
            for (int32_t kx = 0; kx < kernel_width; ++kx) {
                const int32_t weight = *w++;
                sum0 += (uint32_t)(weight * p0[at]);
                sum1 += (uint32_t)(weight * p1[at]);
                at += tap_step;
                AOT_KEEP_IN_REGISTER(at);
                AOT_KEEP_IN_REGISTER(sum0);
                AOT_KEEP_IN_REGISTER(sum1);
            }
            p0 += row_step;
            p1 += row_step;
            AOT_KEEP_IN_REGISTER(p0);
            AOT_KEEP_IN_REGISTER(p1);
        }
        const int8_t y0 = aot_requantize_channel(&layer->requantize, sum0, c, requantize);
        const int8_t y1 = aot_requantize_channel(&layer->requantize, sum1, c, requantize);
        out0[c] = y0;
        out1[c] = y1;
        if (single || ++m == layer->group_channels) {
            m = 0;
            ++x0;
            ++x1;
        }
    }
}

/* The aot_border of all classes. */
static inline void aot_depthwise_conv_2d_border(const aot_direct_layer *layer, const int8_t *x, const aot_clip *clip,
                                                int8_t *out) {
    const aot_windows *windows = &layer->windows;
    const int32_t tap_step = windows->dilation_x * windows->input_channels;
    const int32_t row_step = windows->dilation_y * windows->input_width * windows->input_channels;
    const int32_t columns = clip->right - clip->left, rows = clip->bottom - clip->top;
    const int32_t zero_point = layer->input_zero_point;
    const int8_t *weights = layer->weights + clip->top * windows->kernel_width + clip->left;
    for (int32_t c = 0, m = 0; c < windows->output_channels; ++c) {
        uint32_t sum = (uint32_t)layer->bias[c];
        const int8_t *row = x, *row_weights = weights;
        for (int32_t ky = rows; ky > 0; --ky) {
            const int8_t *p = row, *w = row_weights;
            for (int32_t kx = columns; kx > 0; --kx) {
                sum += (uint32_t)((*p - zero_point) * *w++);
                p += tap_step;
            }
            row += row_step;
            row_weights += windows->kernel_width;
        }
        weights += windows->kernel_height * windows->kernel_width;
        out[c] = aot_requantize_channel(&layer->requantize, sum, c, 0);
        if (++m == layer->group_channels) {
            m = 0;
            ++x;
        }
    }
}

static inline void aot_depthwise_conv_2d(const aot_direct_layer *layer, const int8_t *input, int8_t *output,
                                         aot_inside inside) {
    aot_for_each_window(layer, input, output, inside, aot_depthwise_conv_2d_border);
}

#endif
