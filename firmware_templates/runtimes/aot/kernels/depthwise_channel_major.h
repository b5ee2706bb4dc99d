/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* DEPTHWISE_CONV_2D, int8, with a scale for each output channel: channel by channel, each gathered into a plane.
 *
 * Layouts: input [batch][y][x][channel], output [batch][y][x][output channel], output channel = channel * depth
 * multiplier + m; weights [output channel][kernel row][kernel column].
 *
 * Plane.  One channel of one image as uint8 [rows][columns], input + 128 (im2col.h says why), with zero points around
 * it, so that windows over the border cost no more than others.  All of a channel is read before anything of it is
 * written: with a depth multiplier of 1 the layer may work in place.
 *
 * Blocking.  `outputs` (4, or 3 where rows have no multiple of four) neighbours of a row share each weight, and each
 * input with the taps beside: a 3x3 window with stride 1 takes, for 4 outputs, 9 loads of weights, 18 of inputs and
 * 36 multiplications and additions: 1.75 instructions per product where MLA does both.  Rows that are no multiple have
 * their last block overlap the one before.
 *
 * Rows and columns may stand for those of the image or, exchanged, for its columns and rows: the compiler of the model
 * takes what leaves less overlap (channel_major.py).  Offline conditions: constants; rows have at least `outputs`
 * outputs. The plane is scratch memory. */
#ifndef AOT_DEPTHWISE_CHANNEL_MAJOR_H
#define AOT_DEPTHWISE_CHANNEL_MAJOR_H

#include "im2col.h"
#include "windows.h"

typedef struct {
    const int8_t *weights;
    aot_im2col_requantization requantize;
    int32_t batches;
    int32_t input_bytes; /* of an image */
    int32_t output_bytes;
    int32_t channels; /* of the input */
    int32_t depth_multiplier;
    aot_plane input; /* as far as windows reach */
    aot_plane output;
    int32_t row_stride;
    int32_t row_dilation;
    int32_t plane_rows;
    int32_t plane_columns;
    int32_t origin; /* of the first input in the plane */
    int32_t input_zero_point;
} aot_depthwise_channel_major_layer;

/* One channel of one plane: aot_depthwise_plane with its constants. */
typedef void aot_depthwise_plane_function(const aot_depthwise_channel_major_layer *layer, const uint8_t *plane,
                                          int32_t channel, int8_t *output);

/* Constants as below: adds the products of one row of the kernel. */
AOT_INLINE void aot_depthwise_add_row(const uint8_t *p, const int8_t *w, uint32_t sums[4], int32_t outputs,
                                      int32_t kernel_columns, int32_t stride, int32_t dilation) {
    AOT_UNROLL
    for (int32_t kx = 0; kx < kernel_columns; ++kx) {
        const int32_t weight = w[kx];
        AOT_UNROLL
        for (int32_t i = 0; i < outputs; ++i) {
            sums[i] += (uint32_t)(weight * p[i * stride + kx * dilation]);
            AOT_KEEP_IN_REGISTER(sums[i]);
        }
    }
}

/* Constants of the kernel class: `outputs` 1 to 4; the kernel's rows and columns; stride and dilation along a row;
 * `kind`: see aot_im2col_output. */
AOT_INLINE void aot_depthwise_plane(const aot_depthwise_channel_major_layer *layer, const uint8_t *plane,
                                    int32_t channel, int8_t *output, int32_t outputs, int32_t kernel_rows,
                                    int32_t kernel_columns, int32_t stride, int32_t dilation, int kind) {
    const aot_im2col_end end = aot_im2col_end_of(&layer->requantize, channel, kind);
    const uint32_t start = (uint32_t)layer->requantize.channels[channel].start;
    const int8_t *const weights = layer->weights + channel * kernel_rows * kernel_columns;
    const int32_t down = layer->row_dilation * layer->plane_columns, last = layer->output.columns - outputs;
    const int32_t step = layer->output.column_step;
    for (int32_t y = layer->output.rows; y > 0; --y) {
        for (int32_t x = 0;;) {
            const int8_t *w = weights;
            const uint8_t *p = plane + x * stride;
            uint32_t sums[4] = {start, start, start, start};
            if (kernel_rows <= 3) {
                AOT_UNROLL
                for (int32_t ky = 0; ky < kernel_rows; ++ky, p += down, w += kernel_columns) {
                    aot_depthwise_add_row(p, w, sums, outputs, kernel_columns, stride, dilation);
                }
            } else {
                for (int32_t ky = 0; ky < kernel_rows; ++ky, p += down, w += kernel_columns) {
                    aot_depthwise_add_row(p, w, sums, outputs, kernel_columns, stride, dilation);
                }
            }
            aot_im2col_outputs(&end, sums, outputs, output + x * step, step, kind);
            if (x == last) {
                break;
            }
            x = aot_min(x + outputs, last);
        }
        plane += layer->row_stride * layer->plane_columns;
        output += layer->output.row_step;
    }
}

/* Gathers a channel: `input` points to its first element. */
static inline void aot_depthwise_gather_plane(const aot_depthwise_channel_major_layer *layer, const int8_t *input,
                                              uint8_t *plane) {
    const int32_t step = layer->input.column_step;
    uint8_t *row = plane + layer->origin;
    for (int32_t y = layer->input.rows; y > 0; --y, input += layer->input.row_step, row += layer->plane_columns) {
        const uint8_t *from = (const uint8_t *)input;
        uint8_t *to = row;
        int32_t x = layer->input.columns;
        for (; x >= 4; x -= 4, to += 4) {
            to[0] = *from ^ 0x80u;
            from += step;
            to[1] = *from ^ 0x80u;
            from += step;
            to[2] = *from ^ 0x80u;
            from += step;
            to[3] = *from ^ 0x80u;
            from += step;
        }
        for (; x > 0; --x, from += step) {
            *to++ = *from ^ 0x80u;
        }
    }
}

static inline void aot_depthwise_channel_major(const aot_depthwise_channel_major_layer *layer, const int8_t *input,
                                               int8_t *output, uint8_t *plane, aot_depthwise_plane_function *multiply) {
    memset(plane, layer->input_zero_point + 128, (size_t)(layer->plane_rows * layer->plane_columns));
    for (int32_t batch = 0; batch < layer->batches; ++batch) {
        for (int32_t c = 0, result = 0; c < layer->channels; ++c) {
            aot_depthwise_gather_plane(layer, input + c, plane);
            for (int32_t i = layer->depth_multiplier; i > 0; --i, ++result) {
                multiply(layer, plane, result, output + result);
            }
        }
        input += layer->input_bytes;
        output += layer->output_bytes;
    }
}

#endif
