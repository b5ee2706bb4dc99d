/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* TRANSPOSE_CONV, int8 and int16 activations, int8 weights, with a scale for each output channel.
 *
 * Layouts: input [batch][y][x][channel], weights [output channel][kernel y][kernel x][channel], output as the input.
 * An output pixel collects what the input pixels give it: input y contributes to output y * stride - pad + kernel y.
 * So the kernel rows that reach an output row are every stride-th one, with input rows that go down by one each: no
 * memory for sums is needed, as it would be if input pixels were spread over the output. */
#ifndef AOT_TRANSPOSE_CONV_H
#define AOT_TRANSPOSE_CONV_H

#include "aot.h"
#include "wide.h"
#include "windows.h"

typedef struct {
    aot_windows windows; /* the input's, over the output */
    const int8_t *weights;
    const void *bias; /* see aot_wide_bias */
    aot_requantization requantize;
    int32_t input_zero_point; /* 0 for int16 */
} aot_transpose_conv_layer;

/* The taps of one axis that reach one output: `count` of them, the kernel's `kernel`, `kernel` + stride, ... with the
 * inputs `input`, `input` - 1, ... */
typedef struct {
    int32_t count, kernel, input;
} aot_taps;

static inline aot_taps aot_taps_of(int32_t output, int32_t pad, int32_t stride, int32_t kernel_size,
                                   int32_t input_size) {
    const int32_t from = output + pad;
    aot_taps taps = {0, from % stride, from / stride};
    if (taps.input >= input_size) {
        taps.kernel += (taps.input - (input_size - 1)) * stride;
        taps.input = input_size - 1;
    }
    if (taps.kernel < kernel_size) {
        taps.count = aot_min((kernel_size - 1 - taps.kernel) / stride, taps.input) + 1;
    }
    return taps;
}

/* `bytes` (of an activation) and `sums` are constants of the kernel class.  8-bit sums are of the class
 * AOT_SUMS_WRAP_32. */
AOT_INLINE int64_t aot_transpose_conv_sum(const aot_transpose_conv_layer *layer, const void *input,
                                          const int8_t *weights, aot_taps rows, aot_taps columns, int bytes, int sums) {
    const aot_windows *windows = &layer->windows;
    const int32_t depth = windows->input_channels;
    int64_t sum = 0;
    for (int32_t j = 0; j < rows.count; ++j) {
        const int32_t row = (rows.input - j) * windows->input_width;
        const int32_t weights_row = (rows.kernel + j * windows->stride_y) * windows->kernel_width;
        for (int32_t i = 0; i < columns.count; ++i) {
            const int32_t at = (row + columns.input - i) * depth;
            const int8_t *w = weights + (weights_row + columns.kernel + i * windows->stride_x) * depth;
            if (bytes == 1) {
                const int8_t *x = (const int8_t *)input + at;
                uint32_t products = 0;
                for (int32_t c = 0; c < depth; ++c) {
                    products += (uint32_t)((x[c] - layer->input_zero_point) * w[c]);
                }
                sum += products;
            } else {
                sum = aot_wide_dot(sum, (const aot_int16 *)input + at, w, depth, 1, sums);
            }
        }
    }
    return sum;
}

AOT_INLINE void aot_transpose_conv(const aot_transpose_conv_layer *layer, const void *input, void *output, int bytes,
                                   int sums) {
    const aot_windows *w = &layer->windows;
    const int32_t window = w->kernel_height * w->kernel_width * w->input_channels;
    const int32_t image_bytes = w->input_height * w->input_width * w->input_channels * bytes;
    int32_t result = 0;
    for (int32_t batch = 0; batch < w->batches; ++batch) {
        const void *image = (const uint8_t *)input + batch * image_bytes;
        for (int32_t y = 0; y < w->output_height; ++y) {
            const aot_taps rows = aot_taps_of(y, w->pad_top, w->stride_y, w->kernel_height, w->input_height);
            for (int32_t x = 0; x < w->output_width; ++x) {
                const aot_taps columns = aot_taps_of(x, w->pad_left, w->stride_x, w->kernel_width, w->input_width);
                for (int32_t c = 0; c < w->output_channels; ++c, ++result) {
                    const int64_t sum =
                        aot_transpose_conv_sum(layer, image, layer->weights + c * window, rows, columns, bytes, sums);
                    const int64_t bias = aot_wide_bias(layer->bias, c, sums);
                    aot_store(output, result, aot_wide_output(&layer->requantize, sum, bias, c, sums), bytes);
                }
            }
        }
    }
}

#endif
