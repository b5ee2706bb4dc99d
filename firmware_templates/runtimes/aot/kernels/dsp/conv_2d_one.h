/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* CONV_2D, int8, for cores with the DSP extension, one output pixel at a time: where there is no memory for the three
 * windows of conv_2d.h.
 *
 * Layouts: input and output [batch][y][x][channel]; weights as fully_connected.h wants them: a window is a row of it,
 * its inputs are [kernel y][kernel x][channel].
 *
 * `scratch` has room for the lanes of one window, 2 bytes an input (CMSIS-NN needs twice as much).  The window is put
 * together as bytes in the upper half of it and expanded from there into the whole: what is written stays behind what
 * is still to be read, because the bytes end where the lanes do. */
#ifndef AOT_DSP_CONV_2D_ONE_H
#define AOT_DSP_CONV_2D_ONE_H

#include "fully_connected.h"
#include "window.h"

typedef struct {
    aot_dsp_row row;
    aot_windows windows;
    int32_t input_zero_point;
    int32_t window_bytes; /* kernel height * kernel width * input channels, rounded up to 4 */
} aot_dsp_conv_2d_one_layer;

static inline void aot_dsp_conv_2d_one(const aot_dsp_conv_2d_one_layer *layer, const int8_t *input, int8_t *output,
                                       aot_uint32 *scratch, aot_dsp_row_function *multiply) {
    const aot_windows *w = &layer->windows;
    int8_t *window = (int8_t *)(scratch + 2 * layer->row.steps) - layer->window_bytes;
    const int32_t depth = w->kernel_height * w->kernel_width * w->input_channels;
    for (int32_t batch = 0; batch < w->batches; ++batch) {
        for (int32_t out_y = 0; out_y < w->output_height; ++out_y) {
            const int32_t y = out_y * w->stride_y - w->pad_top;
            int32_t x = -w->pad_left;
            for (int32_t out_x = 0; out_x < w->output_width; ++out_x, x += w->stride_x) {
                aot_dsp_put_window(w, input, y, x, layer->input_zero_point, window, layer->window_bytes);
                aot_dsp_row_expand(window, depth, scratch);
                multiply(&layer->row, scratch, output);
                output += w->output_channels;
            }
        }
        input += w->input_height * w->input_width * w->input_channels;
    }
}

#endif
