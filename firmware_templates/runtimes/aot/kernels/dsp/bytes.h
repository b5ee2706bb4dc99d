/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* CONV_2D and FULLY_CONNECTED, int8, for cores with the DSP extension, of bytes as they lie: for layers whose weights
 * or sums do not fit byte pairs (matrix.h), and where there is no memory for lanes.
 *
 * Layouts: input and output [batch][y][x][channel] ([row][channel]); weights are words of the weights of 4 inputs each,
 * [block of 4 channels][4 inputs][channel of the block]; the channels that are left over are a smaller block.  Inputs
 * are filled up to a multiple of 4 with weights of 0.
 *
 * Arithmetic.  sum = start + sum of weight * input, start = bias - input zero point * sum of weights.  Any weights, any
 * factors; the way from sums to outputs is that of ../im2col.h.
 *
 * Blocking.  4 inputs of a pixel times 4 channels: 5 loads, 10 SXTB16 and 8 SMLAD for 16 products, 1.5 instructions a
 * product with the loop.  Outputs are written 4 at a time, while inputs are still read: in place only by a copy of the
 * window. */
#ifndef AOT_DSP_BYTES_H
#define AOT_DSP_BYTES_H

#include "../im2col.h"
#include "window.h"

typedef struct {
    const uint32_t *weights;
    int32_t depth; /* inputs of a window or row */
    int32_t channels;
    aot_im2col_requantization requantize;
} aot_dsp_bytes;

/* All channels of one window; with one function a kernel class. */
typedef void aot_dsp_bytes_function(const aot_dsp_bytes *bytes, const int8_t *window, int8_t *output);

/* The last 1 to 3 inputs as a word. */
AOT_INLINE uint32_t aot_dsp_load_rest(const int8_t *from, int32_t count) {
    uint32_t word = (uint8_t)from[0];
    if (count > 1) {
        word |= (uint32_t)(uint8_t)from[1] << 8;
    }
    if (count > 2) {
        word |= (uint32_t)(uint8_t)from[2] << 16;
    }
    return word;
}

/* 4 inputs times `channels` (1 to 4, a constant) channels. */
AOT_INLINE void aot_dsp_bytes_step(uint32_t inputs, const uint32_t *w, uint32_t *totals, int32_t channels) {
    const uint32_t x02 = aot_dsp_bytes_02(inputs), x13 = aot_dsp_bytes_13(inputs);
    AOT_UNROLL
    for (int32_t c = 0; c < channels; ++c) {
        const uint32_t word = w[c];
        totals[c] = aot_dsp_mac_both(x02, aot_dsp_bytes_02(word), totals[c]);
        totals[c] = aot_dsp_mac_both(x13, aot_dsp_bytes_13(word), totals[c]);
    }
}

/* Where the channels at hand are in the layer's tables, and where their outputs go. */
typedef struct {
    const uint32_t *weights;
    const aot_im2col_channel *channel;
    const int8_t *shift;
    int8_t *output;
} aot_dsp_bytes_place;

/* The next `channels` (1 to 4, a constant) channels. */
AOT_INLINE void aot_dsp_bytes_block(aot_dsp_bytes_place *at, const int8_t *x, int32_t depth, const aot_output *end,
                                    int32_t channels, int kind) {
    const uint32_t *w = at->weights;
    uint32_t sums[4];
    AOT_UNROLL
    for (int32_t c = 0; c < channels; ++c) {
        sums[c] = (uint32_t)at->channel[c].start;
    }
    for (const int8_t *const last = x + (depth & ~(int32_t)3); x != last; x += 4, w += channels) {
        aot_dsp_bytes_step(aot_dsp_load_word(x), w, sums, channels);
    }
    if ((depth & 3) != 0) {
        aot_dsp_bytes_step(aot_dsp_load_rest(x, depth & 3), w, sums, channels);
        w += channels;
    }
    const aot_im2col_requantization requantize = {at->channel, at->shift, *end};
    AOT_UNROLL
    for (int32_t c = 0; c < channels; ++c) {
        const aot_im2col_end ends = aot_im2col_end_of(&requantize, c, kind);
        at->output[c] = aot_im2col_output(&ends, sums[c], kind);
    }
    at->weights = w;
    at->channel += channels;
    at->shift += channels;
    at->output += channels;
}

/* The body of an aot_dsp_bytes_function.  Constants of the kernel class: `kind`, see aot_im2col_output; `rest`: how
 * many channels are left over, 0 to 3. */
AOT_INLINE void aot_dsp_bytes_multiply(const aot_dsp_bytes *bytes, const int8_t *window, int8_t *output, int kind,
                                       int32_t rest) {
    aot_dsp_bytes_place at = {bytes->weights, bytes->requantize.channels, bytes->requantize.shifts, output};
    const int32_t depth = bytes->depth;
    const aot_output end = bytes->requantize.output;
    for (int32_t left = bytes->channels; left >= 4; left -= 4) {
        aot_dsp_bytes_block(&at, window, depth, &end, 4, kind);
    }
    if (rest != 0) {
        aot_dsp_bytes_block(&at, window, depth, &end, rest, kind);
    }
}

/* ---- rows: FULLY_CONNECTED, and CONV_2D with a 1x1 kernel and stride 1 ---- */

typedef struct {
    aot_dsp_bytes bytes;
    int32_t rows;
    int32_t backwards; /* from the last row to the first */
} aot_dsp_bytes_rows_layer;

static inline void aot_dsp_bytes_rows(const aot_dsp_bytes_rows_layer *layer, const int8_t *input, int8_t *output,
                                      aot_dsp_bytes_function *multiply) {
    for (int32_t row = 0; row < layer->rows; ++row) {
        multiply(&layer->bytes, input, output);
        input += layer->bytes.depth;
        output += layer->bytes.channels;
    }
}

/* The same where the output may start at the input's address: by a copy of each row in `scratch`. */
static inline void aot_dsp_bytes_rows_in_place(const aot_dsp_bytes_rows_layer *layer, const int8_t *input,
                                               int8_t *output, int8_t *scratch, aot_dsp_bytes_function *multiply) {
    int32_t in_step = layer->bytes.depth, out_step = layer->bytes.channels;
    if (layer->backwards != 0) {
        input += (layer->rows - 1) * in_step;
        output += (layer->rows - 1) * out_step;
        in_step = -in_step;
        out_step = -out_step;
    }
    for (int32_t row = 0; row < layer->rows; ++row) {
        aot_dsp_copy_bytes(scratch, input, layer->bytes.depth);
        multiply(&layer->bytes, scratch, output);
        input += in_step;
        output += out_step;
    }
}

/* ---- windows ---- */

typedef struct {
    aot_dsp_bytes bytes;
    aot_windows windows;
    int32_t input_zero_point;
    int32_t window_bytes; /* depth, rounded up to 4: what `scratch` has room for; 0: windows are single pixels */
} aot_dsp_bytes_windows_layer;

static inline void aot_dsp_bytes_windows(const aot_dsp_bytes_windows_layer *layer, const int8_t *input, int8_t *output,
                                         int8_t *scratch, aot_dsp_bytes_function *multiply) {
    const aot_windows *w = &layer->windows;
    for (int32_t batch = 0; batch < w->batches; ++batch) {
        for (int32_t out_y = 0; out_y < w->output_height; ++out_y) {
            const int32_t y = out_y * w->stride_y - w->pad_top;
            int32_t x = -w->pad_left;
            for (int32_t out_x = 0; out_x < w->output_width; ++out_x, x += w->stride_x) {
                const int8_t *window = scratch;
                if (layer->window_bytes == 0) {
                    window = input + (y * w->input_width + x) * w->input_channels;
                } else {
                    aot_dsp_put_window(w, input, y, x, layer->input_zero_point, scratch, layer->window_bytes);
                }
                multiply(&layer->bytes, window, output);
                output += w->output_channels;
            }
        }
        input += w->input_height * w->input_width * w->input_channels;
    }
}

#endif
