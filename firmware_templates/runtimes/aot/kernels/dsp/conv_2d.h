/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* CONV_2D, int8, for cores with the DSP extension.
 *
 * Layouts: input and output [batch][y][x][channel]; weights as matrix.h wants them, the inputs of a window in the
 * order of aot_dsp_expand.  matrix.h has the arithmetic; here windows become rows of its matrix.
 *
 * The windows of 3 output pixels at a time are expanded into `scratch`: 3 x depth lanes of 16 bits, the only memory
 * needed beside input and output (no second image).  Windows inside the image are expanded straight from the input;
 * those that reach over its border, or are dilated along x, are first put together as bytes behind the lanes, with the
 * input's zero point for taps outside, which the biases account for.
 *
 * In place.  aot_dsp_conv_2d_pointwise (1x1, stride 1) expands its 3 pixels before it writes their outputs, so input
 * and output may start at the same address: forwards if pixels do not grow, from the last pixel to the first if they
 * do. aot_dsp_conv_2d_add adds its result to what the output holds (the end of a residual block), so the convolution's
 * own output needs no memory. */
#ifndef AOT_DSP_CONV_2D_H
#define AOT_DSP_CONV_2D_H

#include "../windows.h"
#include "add.h"
#include "matrix.h"
#include "window.h"

typedef struct {
    aot_dsp_matrix matrix;
    int32_t pixels; /* of all batches */
    int32_t input_channels;
    int32_t output_channels;
    int32_t backwards; /* from the last pixel to the first */
} aot_dsp_conv_2d_pointwise_layer;

typedef struct {
    aot_dsp_matrix matrix;
    aot_windows windows;
    aot_clip inside;
    int32_t input_zero_point;
    int32_t window_bytes; /* kernel height * kernel width * input channels, rounded up to 4 */
} aot_dsp_conv_2d_layer;

/* Outputs of the `count` (1..3) pixels that no input changes. */
__attribute__((noinline, unused)) static void aot_dsp_conv_2d_fill(const int8_t *constants, int32_t count,
                                                                   int32_t channels, int8_t *output, int32_t step) {
    for (; count > 0; --count, output += step) {
        aot_dsp_copy_bytes(output, constants, channels);
    }
}

/* Outputs of the `count` (1..3) pixels with these windows, `step` bytes apart.  Missing pixels repeat the first one's
 * window; their outputs go where a real pixel's are written afterwards. */
AOT_INLINE void aot_dsp_conv_2d_multiply(const aot_dsp_matrix *matrix, aot_dsp_matrix_function *multiply,
                                         aot_dsp_window *windows, int32_t count, int32_t rows, int32_t run,
                                         aot_uint32 *lanes, int8_t *output, int32_t step) {
    for (int32_t i = count; i < AOT_DSP_MATRIX_PIXELS; ++i) {
        windows[i] = windows[0];
    }
    aot_dsp_expand(windows, rows, run, lanes);
    if (matrix->constants != NULL) {
        aot_dsp_conv_2d_fill(matrix->constants, count, step < 0 ? -step : step, output, step);
    }
    multiply(matrix, lanes, output + matrix->first, count > 1 ? step : 0, count > 2 ? 2 * step : count > 1 ? step : 0);
}

__attribute__((noinline, unused)) static void aot_dsp_conv_2d_pointwise(const aot_dsp_conv_2d_pointwise_layer *layer,
                                                                        const int8_t *input, int8_t *output,
                                                                        aot_uint32 *scratch,
                                                                        aot_dsp_matrix_function *multiply) {
    int32_t in_step = layer->input_channels, out_step = layer->output_channels;
    if (layer->backwards != 0) {
        input += (layer->pixels - 1) * in_step;
        output += (layer->pixels - 1) * out_step;
        in_step = -in_step;
        out_step = -out_step;
    }
    for (int32_t left = layer->pixels; left > 0; left -= AOT_DSP_MATRIX_PIXELS) {
        const int32_t count = aot_min(left, AOT_DSP_MATRIX_PIXELS);
        /* Addresses of pixels that there are, and no others: arrays may end here. */
        aot_dsp_window windows[AOT_DSP_MATRIX_PIXELS] = {
            {input, 0}, {input + (count > 1 ? in_step : 0), 0}, {input + (count > 2 ? 2 * in_step : 0), 0}};
        aot_dsp_conv_2d_multiply(&layer->matrix, multiply, windows, count, 1, layer->input_channels, scratch, output,
                                 out_step);
        input += AOT_DSP_MATRIX_PIXELS * in_step;
        output += AOT_DSP_MATRIX_PIXELS * out_step;
    }
}

/* Where the outputs of 3 pixels go: to the output, or to `tile`, from where they are added to it (see
 * aot_dsp_conv_2d_add). */
typedef struct {
    const aot_linear_add *factors; /* 0: no addition */
    int clamped;
    int8_t *tile;
} aot_dsp_sink;

AOT_INLINE void aot_dsp_conv_2d_walk(const aot_dsp_conv_2d_layer *layer, const int8_t *input, int8_t *output,
                                     aot_uint32 *scratch, aot_dsp_matrix_function *multiply, const aot_dsp_sink *sink) {
    const int32_t channels = layer->windows.input_channels, out_step = layer->windows.output_channels;
    const int32_t run = layer->windows.kernel_width * channels;
    int8_t *assembled = (int8_t *)(scratch + 2 * AOT_DSP_MATRIX_PIXELS * layer->matrix.steps);
    aot_dsp_window windows[AOT_DSP_MATRIX_PIXELS];
    int32_t count = 0, left = layer->windows.batches * layer->windows.output_height * layer->windows.output_width;
    for (int32_t batch = 0; batch < layer->windows.batches; ++batch) {
        for (int32_t out_y = 0; out_y < layer->windows.output_height; ++out_y) {
            const int32_t y = out_y * layer->windows.stride_y - layer->windows.pad_top;
            const int row_inside =
                layer->windows.dilation_x == 1 && out_y >= layer->inside.top && out_y < layer->inside.bottom;
            int32_t x = -layer->windows.pad_left;
            for (int32_t out_x = 0; out_x < layer->windows.output_width; ++out_x, x += layer->windows.stride_x) {
                aot_dsp_window *window = &windows[count];
                if (row_inside && out_x >= layer->inside.left && out_x < layer->inside.right) {
                    window->from = input + (y * layer->windows.input_width + x) * channels;
                    window->row_step = layer->windows.dilation_y * layer->windows.input_width * channels;
                } else {
                    int8_t *place = assembled + count * layer->window_bytes;
                    aot_dsp_put_window(&layer->windows, input, y, x, layer->input_zero_point, place,
                                       layer->window_bytes);
                    window->from = place;
                    window->row_step = run;
                }
                --left;
                if (++count == AOT_DSP_MATRIX_PIXELS || left == 0) {
                    int8_t *to = sink->factors ? sink->tile : output;
                    aot_dsp_conv_2d_multiply(&layer->matrix, multiply, windows, count, layer->windows.kernel_height,
                                             run, scratch, to, out_step);
                    if (sink->factors != NULL) {
                        aot_dsp_add(sink->factors, output, to, output, count * out_step, sink->clamped);
                    }
                    output += AOT_DSP_MATRIX_PIXELS * out_step;
                    count = 0;
                }
            }
        }
        input += layer->windows.input_height * layer->windows.input_width * channels;
    }
}

static inline void aot_dsp_conv_2d(const aot_dsp_conv_2d_layer *layer, const int8_t *input, int8_t *output,
                                   aot_uint32 *scratch, aot_dsp_matrix_function *multiply) {
    const aot_dsp_sink sink = {0, 0, 0};
    aot_dsp_conv_2d_walk(layer, input, output, scratch, multiply, &sink);
}

typedef struct {
    aot_dsp_conv_2d_layer convolution;
    aot_linear_add addition;
} aot_dsp_conv_2d_add_layer;

/* The convolution and an ADD in one: `output` holds the ADD's first input and becomes its result; the convolution's own
 * output, the second input, only exists for 3 pixels at a time, in the last 3 * output_channels bytes of scratch. */
AOT_INLINE void aot_dsp_conv_2d_add(const aot_dsp_conv_2d_add_layer *layer, const int8_t *input, int8_t *output,
                                    aot_uint32 *scratch, aot_dsp_matrix_function *multiply, int clamped) {
    const aot_dsp_conv_2d_layer *convolution = &layer->convolution;
    int8_t *assembled = (int8_t *)(scratch + 2 * AOT_DSP_MATRIX_PIXELS * convolution->matrix.steps);
    const aot_dsp_sink sink = {&layer->addition, clamped,
                               assembled + AOT_DSP_MATRIX_PIXELS * convolution->window_bytes};
    aot_dsp_conv_2d_walk(convolution, input, output, scratch, multiply, &sink);
}

#endif
