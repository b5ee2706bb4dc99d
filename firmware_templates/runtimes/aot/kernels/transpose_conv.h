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

typedef struct {
    int32_t batches;
    int32_t input_height;
    int32_t input_width;
    int32_t input_channels;
    int32_t output_height;
    int32_t output_width;
    int32_t output_channels;
    int32_t kernel_height;
    int32_t kernel_width;
    int32_t stride_y;
    int32_t stride_x;
    int32_t pad_top;
    int32_t pad_left;
    const int8_t *weights;
    const void *bias; /* see aot_wide_bias */
    const int32_t *multiplier;
    const int8_t *shift;
    int32_t input_zero_point; /* 0 for int16 */
    int32_t output_zero_point;
    int32_t minimum; /* of the fused activation, quantized */
    int32_t maximum;
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
    const int32_t depth = layer->input_channels;
    int64_t sum = 0;
    for (int32_t j = 0; j < rows.count; ++j) {
        const int32_t row = (rows.input - j) * layer->input_width;
        const int32_t weights_row = (rows.kernel + j * layer->stride_y) * layer->kernel_width;
        for (int32_t i = 0; i < columns.count; ++i) {
            const int32_t at = (row + columns.input - i) * depth;
            const int8_t *w = weights + (weights_row + columns.kernel + i * layer->stride_x) * depth;
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
    const int32_t window = layer->kernel_height * layer->kernel_width * layer->input_channels;
    const int32_t image_bytes = layer->input_height * layer->input_width * layer->input_channels * bytes;
    int32_t result = 0;
    for (int32_t batch = 0; batch < layer->batches; ++batch) {
        const void *image = (const uint8_t *)input + batch * image_bytes;
        for (int32_t y = 0; y < layer->output_height; ++y) {
            const aot_taps rows =
                aot_taps_of(y, layer->pad_top, layer->stride_y, layer->kernel_height, layer->input_height);
            for (int32_t x = 0; x < layer->output_width; ++x) {
                const aot_taps columns =
                    aot_taps_of(x, layer->pad_left, layer->stride_x, layer->kernel_width, layer->input_width);
                for (int32_t c = 0; c < layer->output_channels; ++c, ++result) {
                    const int64_t sum =
                        aot_transpose_conv_sum(layer, image, layer->weights + c * window, rows, columns, bytes, sums);
                    const int64_t bias = aot_wide_bias(layer->bias, c, sums);
                    const int32_t scaled = aot_wide_scaled(sum, bias, layer->multiplier[c], layer->shift[c], sums);
                    const int32_t value = (int32_t)((uint32_t)scaled + (uint32_t)layer->output_zero_point);
                    if (bytes == 1) {
                        ((int8_t *)output)[result] = aot_clamp(value, layer->minimum, layer->maximum);
                    } else {
                        ((aot_int16 *)output)[result] = aot_clamp_int16(value, layer->minimum, layer->maximum);
                    }
                }
            }
        }
    }
}

#endif
