/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* CONV_2D, int8, with a scale for each output channel.
 *
 * Layouts: input [batch][y][x][channel], output the same, weights [output channel][kernel y][kernel x][depth], where
 * depth = input channels / groups.  output = clamp(rescale(bias + sum of weight * (input - input zero point))).
 *
 * Windows inside the image start from `effective_bias` = bias - zero point * sum of weights and multiply inputs as they
 * are, two pixels and two channels at a time.  Windows that reach over the border leave out the taps outside (they
 * stand for real zeros) and subtract the zero point tap by tap.
 *
 * A 1x1 convolution with stride 1 is described as an image of one row (the compiler of the model does that), so that
 * pixels pair up across rows. */
#ifndef AOT_CONV_2D_H
#define AOT_CONV_2D_H

#include "direct.h"

/* The body of an aot_inside.  Constants of the kernel class: kernel_height; kernel_width; `contiguous`: a row of a
 * window is one run of memory (one group, no dilation along x); `requantize`: see aot_requantize_output. */
AOT_INLINE void aot_conv_2d_inside(const aot_direct_layer *layer, const int8_t *x0, const int8_t *x1, int8_t *out0,
                                   int8_t *out1, int32_t kernel_height, int32_t kernel_width, int contiguous,
                                   int requantize) {
    const int32_t channels = layer->windows.input_channels, group_channels = layer->group_channels;
    const int32_t groups = contiguous ? 1 : layer->windows.output_channels / group_channels;
    const int32_t depth = channels / groups;
    const int32_t row_step = layer->windows.dilation_y * layer->windows.input_width * channels;
    const int32_t tap_step = layer->windows.dilation_x * channels;
    const int32_t runs = contiguous ? 1 : kernel_width, count = contiguous ? kernel_width * depth : depth;
    const int8_t *w = layer->weights;
    for (int32_t group = 0, c = 0; group < groups; ++group) {
        const int32_t end = c + group_channels;
        while (c < end) {
            /* An odd last channel is computed twice. */
            const int32_t c1 = c + 1 < end ? c + 1 : c;
            const int8_t *v = c1 == c ? w : w + kernel_height * kernel_width * depth;
            uint32_t s00 = (uint32_t)layer->effective_bias[c], s01 = (uint32_t)layer->effective_bias[c1], s10 = s00,
                     s11 = s01;
            for (int32_t ky = 0; ky < kernel_height; ++ky) {
                for (int32_t run = 0; run < runs; ++run) {
                    const int8_t *p0 = x0 + ky * row_step + run * tap_step;
                    const int8_t *p1 = x1 + ky * row_step + run * tap_step;
                    for (int32_t i = count; i > 0; --i) {
                        const int32_t a0 = *p0++, a1 = *p1++, b0 = *w++, b1 = *v++;
                        s00 += (uint32_t)(a0 * b0);
                        s01 += (uint32_t)(a0 * b1);
                        s10 += (uint32_t)(a1 * b0);
                        s11 += (uint32_t)(a1 * b1);
                    }
                }
            }
            /* All results before any store: a store could change `layer`, for all the C compiler knows. */
            const int8_t y00 = aot_requantize_channel(&layer->requantize, s00, c, requantize),
                         y10 = aot_requantize_channel(&layer->requantize, s10, c, requantize);
            const int8_t y01 = aot_requantize_channel(&layer->requantize, s01, c1, requantize),
                         y11 = aot_requantize_channel(&layer->requantize, s11, c1, requantize);
            out0[c] = y00;
            out0[c1] = y01;
            out1[c] = y10;
            out1[c1] = y11;
            w = v;
            c = c1 + 1;
        }
        x0 += depth;
        x1 += depth;
    }
}

/* The aot_border of all classes. */
static inline void aot_conv_2d_border(const aot_direct_layer *layer, const int8_t *x, const aot_clip *clip,
                                      int8_t *out) {
    const aot_windows *windows = &layer->windows;
    const int32_t group_channels = layer->group_channels, groups = windows->output_channels / group_channels;
    const int32_t depth = windows->input_channels / groups;
    const int32_t columns = clip->right - clip->left, rows = clip->bottom - clip->top;
    const int32_t zero_point = layer->input_zero_point;
    /* Neighbouring taps that are neighbours in memory make one run. */
    const int contiguous = groups == 1 && windows->dilation_x == 1;
    const int32_t runs = contiguous ? 1 : columns, count = contiguous ? columns * depth : depth;
    const int32_t window = windows->kernel_height * windows->kernel_width * depth;
    const int32_t row_step = windows->dilation_y * windows->input_width * windows->input_channels;
    const int8_t *weights = layer->weights + (clip->top * windows->kernel_width + clip->left) * depth;
    for (int32_t group = 0, c = 0; group < groups; ++group, x += depth) {
        for (const int32_t end = c + group_channels; c < end; c += 2) {
            /* An odd last channel is computed twice. */
            const int32_t c1 = c + 1 < end ? c + 1 : c, next = (c1 - c) * window;
            uint32_t sum0 = (uint32_t)layer->bias[c], sum1 = (uint32_t)layer->bias[c1];
            for (int32_t ky = 0; ky < rows; ++ky) {
                const int8_t *p = x + ky * row_step, *w = weights + ky * windows->kernel_width * depth;
                for (int32_t run = 0; run < runs; ++run) {
                    for (int32_t i = 0; i < count; ++i) {
                        const int32_t value = p[i] - zero_point;
                        sum0 += (uint32_t)(value * w[i]);
                        sum1 += (uint32_t)(value * w[i + next]);
                    }
                    p += windows->dilation_x * windows->input_channels;
                    w += depth;
                }
            }
            weights += window + next;
            out[c] = aot_requantize_channel(&layer->requantize, sum0, c, 0);
            out[c1] = aot_requantize_channel(&layer->requantize, sum1, c1, 0);
        }
        c = (group + 1) * group_channels;
    }
}

static inline void aot_conv_2d(const aot_direct_layer *layer, const int8_t *input, int8_t *output, aot_inside inside) {
    aot_for_each_window(layer, input, output, inside, aot_conv_2d_border);
}

#endif
