/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* CONV_2D, int8, for cores with Helium (MVE).
 *
 * Layouts: input and output [batch][y][x][channel]; matrix.h has the arithmetic, here windows become rows of its
 * matrix, 3 at a time.
 *
 * Pointwise.  A 1x1 kernel's windows are where the pixels are; nothing is copied (aot_mve_conv_2d_pointwise).  With
 * stride 1 and up to 64 output channels the sums of 3 pixels are all there before an output is written, so input and
 * output may start at the same address: forwards if pixels do not grow, from the last pixel to the first if they do.
 *
 * Columns.  Other kernels copy the rows under one row of outputs into `columns`, [x][kernel y][channel], with the
 * input's zero point for what lies outside the image.  There each window is one run of kernel width * kernel height *
 * channels bytes, and neighbours share what they have in common: a byte is copied once for each row of outputs.
 * Weights are [channel][kernel x][kernel y][channel] accordingly.
 *
 * Windows apart.  Where windows are dilated along x, and where there is no memory for a row of columns, the columns of
 * 3 windows are put together instead, and what neighbours share is copied more than once.
 *
 * Copying: runs of 16 bytes; pixels of up to 8 bytes several at once, by a load and a scattering store. */
#ifndef AOT_MVE_CONV_2D_H
#define AOT_MVE_CONV_2D_H

#include "../windows.h"
#include "matrix.h"

typedef struct {
    aot_mve_matrix matrix;
    aot_windows windows;
    int32_t input_zero_point;
    int32_t backwards; /* from the last pixel to the first (1x1 with stride 1 only) */
    int32_t apart;     /* 3 windows are put together at a time instead of the columns of a row */
} aot_mve_conv_2d_layer;

/* One row of windows, `step` bytes apart; their outputs are `out_step` apart. */
static void aot_mve_conv_2d_row(const aot_mve_matrix *matrix, const int8_t *window, int32_t step, int32_t count,
                                int8_t *out, int32_t out_step, aot_int32 *sums,
                                aot_mve_requantize_function *requantize) {
    const int32_t channels = matrix->channels, depth = matrix->depth;
    if (channels <= AOT_MVE_BLOCK && channels % 2 == 0) { /* what aot_mve_matrix_multiply does for these */
        const int8_t *weights = matrix->weights;
        for (; count >= AOT_MVE_PIXELS; count -= AOT_MVE_PIXELS) {
            const aot_mve_windows windows = {{window, window + step, window + 2 * step}};
            aot_mve_matrix_sums(weights, weights + depth, &windows, depth, channels, sums);
            requantize(&matrix->factors, matrix->factors.groups, sums, out, out_step, 2 * out_step, channels);
            window += AOT_MVE_PIXELS * step;
            out += AOT_MVE_PIXELS * out_step;
        }
    }
    for (; count > 0; count -= AOT_MVE_PIXELS) {
        /* Missing pixels repeat the first one, outputs included. */
        const int32_t second = count > 1, third = count > 2 ? 2 : 0;
        const aot_mve_windows windows = {{window, window + second * step, window + third * step}};
        aot_mve_matrix_multiply(matrix, &windows, out, second * out_step, third * out_step, sums, requantize);
        window += AOT_MVE_PIXELS * step;
        out += AOT_MVE_PIXELS * out_step;
    }
}

/* Kernel 1x1 without padding; with stride 1 all pixels are one row (the compiler of the model sees to it). */
static inline void aot_mve_conv_2d_pointwise(const aot_mve_conv_2d_layer *layer, const int8_t *input, int8_t *output,
                                             aot_int32 *sums, aot_mve_requantize_function *requantize) {
    const aot_windows *w = &layer->windows;
    const int32_t row_step = w->input_width * w->input_channels, width = w->output_width;
    int32_t step = w->stride_x * w->input_channels, out_step = layer->matrix.channels;
    if (layer->backwards) {
        input += (width - 1) * step;
        output += (width - 1) * out_step;
        step = -step;
        out_step = -out_step;
    }
    for (int32_t batch = 0; batch < w->batches; ++batch) {
        for (int32_t y = 0; y < w->output_height; ++y) {
            aot_mve_conv_2d_row(&layer->matrix, input + y * w->stride_y * row_step, step, width, output, out_step, sums,
                                requantize);
            output += width * out_step;
        }
        input += w->input_height * row_step;
    }
}

/* `count` columns of input row `from` (0: outside the image), the first at `x` and then every `x_step`; each of
 * `channels` bytes, to `to` and then every `to_step` bytes. */
static void aot_mve_copy_pixels(const int8_t *from, int32_t channels, int32_t count, int32_t from_step, int8_t *to,
                                int32_t to_step) {
    int32_t together = from_step == channels ? 16 / channels : 1;
    if ((together - 1) * to_step + channels > 256) {
        together = 1; /* offsets of a scattering store are bytes */
    }
    if (together > 1) {
        uint8_t offsets[16] = {0};
        for (int32_t i = 0, pixel = 0; pixel < together; ++pixel) {
            for (int32_t c = 0; c < channels; ++c, ++i) {
                offsets[i] = (uint8_t)(pixel * to_step + c);
            }
        }
        const int32_t bytes = together * channels;
        const uint8x16_t where = vldrbq_u8(offsets);
        int32_t left = count * channels;
        for (; left >= bytes; left -= bytes) {
            aot_mve_scatter_bytes(to, where, aot_mve_load_bytes(from, bytes), bytes);
            from += bytes;
            to += together * to_step;
        }
        aot_mve_scatter_bytes(to, where, aot_mve_load_bytes(from, left), left);
        return;
    }
    for (; count > 0; --count) {
        int32_t i = 0;
        for (; i + 16 <= channels; i += 16) {
            vstrbq_s8(to + i, vldrbq_s8(from + i));
        }
        if (i < channels) {
            aot_mve_store_bytes(to + i, aot_mve_load_bytes(from + i, channels - i), channels - i);
        }
        from += from_step;
        to += to_step;
    }
}

static void aot_mve_fill_pixels(int8_t value, int32_t channels, int32_t count, int8_t *to, int32_t to_step) {
    for (; count > 0; --count) {
        for (int32_t i = 0; i < channels; i += 16) {
            aot_mve_store_bytes(to + i, vdupq_n_s8(value), channels - i);
        }
        to += to_step;
    }
}

/* `count` columns of the kernel's rows, the first row at `y`, the first column at `x` and then every `x_step`. */
static void aot_mve_conv_2d_columns(const aot_mve_conv_2d_layer *layer, const int8_t *image, int32_t y, int32_t x,
                                    int32_t x_step, int32_t count, int8_t *columns) {
    const aot_windows *w = &layer->windows;
    const int32_t channels = w->input_channels, width = w->input_width;
    const int32_t to_step = w->kernel_height * channels;
    const int8_t zero = (int8_t)layer->input_zero_point;
    /* Columns before the image, in it and behind it. */
    const int32_t before = aot_min(x < 0 ? (x_step - 1 - x) / x_step : 0, count);
    const int32_t end = x < width ? aot_min((width - 1 - x) / x_step + 1, count) : 0;
    const int32_t inside = aot_max(end - before, 0);
    for (int32_t ky = 0; ky < w->kernel_height; ++ky, y += w->dilation_y, columns += channels) {
        if (y < 0 || y >= w->input_height) {
            aot_mve_fill_pixels(zero, channels, count, columns, to_step);
            continue;
        }
        aot_mve_fill_pixels(zero, channels, before, columns, to_step);
        aot_mve_copy_pixels(image + (y * width + x + before * x_step) * channels, channels, inside, x_step * channels,
                            columns + before * to_step, to_step);
        aot_mve_fill_pixels(zero, channels, count - before - inside, columns + (before + inside) * to_step, to_step);
    }
}

/* `columns`: ((output width - 1) * stride x + kernel width) * kernel height * channels bytes; where windows are apart,
 * AOT_MVE_PIXELS windows. */
static inline void aot_mve_conv_2d(const aot_mve_conv_2d_layer *layer, const int8_t *input, int8_t *output,
                                   aot_int32 *sums, int8_t *columns, aot_mve_requantize_function *requantize) {
    const aot_windows *w = &layer->windows;
    const int32_t column = w->kernel_height * w->input_channels, width = w->output_width;
    const int32_t out_step = layer->matrix.channels;
    for (int32_t batch = 0; batch < w->batches; ++batch) {
        for (int32_t out_y = 0; out_y < w->output_height; ++out_y) {
            const int32_t y = out_y * w->stride_y - w->pad_top;
            if (layer->apart == 0) {
                aot_mve_conv_2d_columns(layer, input, y, -w->pad_left, 1, (width - 1) * w->stride_x + w->kernel_width,
                                        columns);
                aot_mve_conv_2d_row(&layer->matrix, columns, w->stride_x * column, width, output, out_step, sums,
                                    requantize);
                output += width * out_step;
                continue;
            }
            for (int32_t out_x = 0; out_x < width; out_x += AOT_MVE_PIXELS) {
                const int32_t count = aot_min(width - out_x, AOT_MVE_PIXELS), window = w->kernel_width * column;
                for (int32_t i = 0; i < count; ++i) {
                    aot_mve_conv_2d_columns(layer, input, y, (out_x + i) * w->stride_x - w->pad_left, w->dilation_x,
                                            w->kernel_width, columns + i * window);
                }
                aot_mve_conv_2d_row(&layer->matrix, columns, window, count, output, out_step, sums, requantize);
                output += count * out_step;
            }
        }
        input += w->input_height * w->input_width * w->input_channels;
    }
}

#endif
