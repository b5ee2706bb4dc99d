/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* DEPTHWISE_CONV_2D with windows up to 7 wide, depth multiplier 1, int8, for cores with the DSP extension.
 *
 * (3x3 windows without dilation have a faster kernel, depthwise_conv_2d.h; what this one cannot do, depthwise_taps.h
 * can.)
 *
 * Layouts: input and output [batch][y][x][channel]; weights [channel][kernel y][kernel x] as the model has them.
 *
 * Arithmetic.  4 channels of a band of input rows are copied to `scratch` with the zero point around the image, as
 * words of two pixels side by side: [row][word][channel of 4].  SMLAD multiplies two pixels by two weights.  An output
 * at an even place starts with the first pixel of a word, one at an odd place with the second, so a channel's weights
 * become two kinds of words: w0 w1, w2 w3, ... and 0 w0, w1 w2, ...
 *
 * Blocking.  4 outputs of a row at a time.  For a row of a window 5 wide: 4 words of pixels and 6 of weights for 20
 * products, 12 SMLAD.  With a stride of 2 every output is at an even place: 6 words of pixels and 3 of weights.
 *
 * Dilation.  Along y it is only another step between rows.  Along x columns that are a multiple of it apart belong
 * together: they are gathered as an image of their own, as often as the dilation is large.
 *
 * Offline conditions (depthwise_windows.py): 4 channels or more; a stride of 1 or 2 along x, and of 1 with dilation;
 * the way to round is exact for every channel.  Channels that are no multiple of 4 have their last group overlap the
 * one before. */
#ifndef AOT_DSP_DEPTHWISE_WINDOWS_H
#define AOT_DSP_DEPTHWISE_WINDOWS_H

#include "../windows.h"
#include "matrix.h"

#define AOT_DSP_WINDOWS_CHANNELS 4 /* at a time */
#define AOT_DSP_WINDOWS_OUTPUTS 4  /* of a row at a time */

typedef struct {
    int32_t start; /* bias - input zero point * sum of weights */
    int32_t multiplier;
    int32_t round;
    int32_t shift; /* as in matrix.h */
} aot_dsp_windows_channel;

typedef struct {
    aot_windows windows;
    const aot_dsp_windows_channel *records;
    const int8_t *weights;
    aot_range range; /* of the fused activation */
    int32_t input_zero_point;
    int32_t band;  /* output rows at a time */
    int32_t words; /* of a row of pixels */
} aot_dsp_depthwise_windows_layer;

/* The outputs of one channel in a band. */
typedef struct {
    const aot_dsp_depthwise_windows_layer *layer;
    const aot_dsp_windows_channel *record;
    const aot_uint32 *weights; /* [kernel y][word]: even places (and odd ones) */
    const aot_uint32 *pixels;
    int8_t *output;
    int32_t rows;
    int32_t columns;
    int32_t column_step; /* bytes from one output to the next */
} aot_dsp_windows_plane;

typedef void aot_dsp_depthwise_windows_function(const aot_dsp_windows_plane *plane);

/* Adds the products of a row of the window to the sums of 4 outputs; `words` and `stride` are constants. */
AOT_INLINE void aot_dsp_windows_row(const aot_uint32 *pixels, const uint32_t *w, uint32_t sum[AOT_DSP_WINDOWS_OUTPUTS],
                                    int32_t words, int32_t stride) {
    uint32_t x0 = pixels[0], x1 = pixels[4], x2 = 0, x3 = 0;
    if (stride == 2) {
        x2 = pixels[8];
        x3 = pixels[12];
    }
#pragma GCC unroll 4
    for (int32_t j = 0; j < words; ++j) {
        if (stride == 1) {
            const uint32_t even = w[2 * j], odd = w[2 * j + 1];
            sum[0] = aot_dsp_mac_both(x0, even, sum[0]);
            sum[1] = aot_dsp_mac_both(x0, odd, sum[1]);
            sum[2] = aot_dsp_mac_both(x1, even, sum[2]);
            sum[3] = aot_dsp_mac_both(x1, odd, sum[3]);
            x0 = x1;
            x1 = j + 1 < words ? pixels[4 * (j + 2)] : 0;
        } else {
            const uint32_t even = w[j];
            sum[0] = aot_dsp_mac_both(x0, even, sum[0]);
            sum[1] = aot_dsp_mac_both(x1, even, sum[1]);
            sum[2] = aot_dsp_mac_both(x2, even, sum[2]);
            sum[3] = aot_dsp_mac_both(x3, even, sum[3]);
            x0 = x1;
            x1 = x2;
            x2 = x3;
            x3 = j + 1 < words ? pixels[4 * (j + 4)] : 0;
        }
    }
}

AOT_INLINE void aot_dsp_windows_plane_of(const aot_dsp_windows_plane *plane, int32_t words, int32_t stride,
                                         int requantize) {
    const aot_windows *windows = &plane->layer->windows;
    const aot_range *range = &plane->layer->range;
    /* Copies, because for all the compiler knows an output could overwrite what is read through a pointer. */
    const aot_dsp_windows_channel channel = *plane->record;
    const aot_uint32 *const weights = plane->weights;
    const int32_t row_words = 4 * plane->layer->words, window_row = windows->dilation_y * row_words;
    const int32_t height = windows->kernel_height, step = plane->column_step;
    const aot_uint32 *row = plane->pixels;
    int8_t *row_output = plane->output;
    for (int32_t y = plane->rows; y > 0; --y, row += windows->stride_y * row_words) {
        const aot_uint32 *pixels = row;
        int8_t *to = row_output;
        for (int32_t left = plane->columns; left > 0; left -= 4, pixels += 8 * stride) {
            const aot_uint32 *from = pixels, *w = weights, start = (uint32_t)channel.start;
            uint32_t sum[AOT_DSP_WINDOWS_OUTPUTS] = {start, start, start, start};
            for (int32_t ky = height; ky > 0; --ky, from += window_row, w += words * (3 - stride)) {
                aot_dsp_windows_row(from, w, sum, words, stride);
            }
#pragma GCC unroll 4
            for (int32_t i = 0; i < AOT_DSP_WINDOWS_OUTPUTS; ++i) {
                if (left > i) {
                    *to =
                        aot_dsp_requantize(range, sum[i], channel.multiplier, channel.round, channel.shift, requantize);
                }
                to += step;
            }
        }
        row_output += windows->output_width * windows->output_channels;
    }
}

/* Defines the function of a kernel class: `words` of a row's weights, for even or odd places; stride along x, 1 or 2.
 */
#define AOT_DSP_DEPTHWISE_WINDOWS(name, words, stride, requantize)                                                     \
    __attribute__((noinline, unused)) static void name(const aot_dsp_windows_plane *plane) {                           \
        aot_dsp_windows_plane_of(plane, words, stride, requantize);                                                    \
    }

/* One channel's weights as words of lanes. */
static inline void aot_dsp_windows_weights(const aot_dsp_depthwise_windows_layer *layer, const int8_t *w,
                                           aot_uint32 *lanes) {
    const int32_t width = layer->windows.kernel_width, stride = layer->windows.stride_x;
    for (int32_t ky = layer->windows.kernel_height; ky > 0; --ky, w += width) {
        /* With a stride of 1 up to the word of the last odd place, else of the last even one. */
        for (int32_t kx = 0; kx <= (stride == 1 ? width : width - 1); kx += 2) {
            const int32_t here = kx < width ? w[kx] : 0;
            *lanes++ = aot_dsp_lanes(here, kx + 1 < width ? w[kx + 1] : 0);
            if (stride == 1) {
                *lanes++ = aot_dsp_lanes(kx > 0 ? w[kx - 1] : 0, here);
            }
        }
    }
}

/* A row of 4 channels as words of lanes: pixels x, x + step, x + 2 * step ...; `row` is 0 outside the image. */
static inline aot_uint32 *aot_dsp_windows_gather(const aot_dsp_depthwise_windows_layer *layer, const int8_t *row,
                                                 int32_t x, int32_t step, aot_uint32 *to) {
    const uint32_t zero = (uint32_t)(uint8_t)layer->input_zero_point * UINT32_C(0x01010101);
    const uint32_t width = row ? (uint32_t)layer->windows.input_width : 0;
    const int32_t channels = layer->windows.input_channels;
    for (int32_t word = layer->words; word > 0; --word, x += 2 * step, to += 4) {
        const int32_t next = x + step;
        const uint32_t a = (uint32_t)x < width ? aot_dsp_load_word(row + x * channels) : zero;
        const uint32_t b = (uint32_t)next < width ? aot_dsp_load_word(row + next * channels) : zero;
        const uint32_t a02 = aot_dsp_bytes_02(a), a13 = aot_dsp_bytes_13(a);
        const uint32_t b02 = aot_dsp_bytes_02(b), b13 = aot_dsp_bytes_13(b);
        to[0] = aot_dsp_pack_low(a02, b02);
        to[1] = aot_dsp_pack_low(a13, b13);
        to[2] = aot_dsp_pack_high(a02, b02);
        to[3] = aot_dsp_pack_high(a13, b13);
    }
    return to;
}

/* Output columns first, first + dilation, ... of 4 channels, of which those before `skipped` are done. */
static inline void aot_dsp_windows_columns(const aot_dsp_depthwise_windows_layer *layer, const int8_t *image,
                                           int8_t *output, int32_t base, int32_t skipped, int32_t first,
                                           aot_uint32 *scratch, aot_dsp_depthwise_windows_function *multiply) {
    const aot_windows *windows = &layer->windows;
    const int32_t taps = windows->kernel_height * windows->kernel_width, channels = windows->input_channels;
    const int32_t reach = (windows->kernel_height - 1) * windows->dilation_y + 1;
    const int32_t lanes = windows->kernel_height * (windows->kernel_width / 2 + 1) * 2;
    aot_dsp_windows_plane plane;
    plane.layer = layer;
    plane.weights = scratch;
    plane.columns = (windows->output_width - first + windows->dilation_x - 1) / windows->dilation_x;
    plane.column_step = windows->dilation_x * channels;
    for (int32_t done = 0; done < windows->output_height; done += layer->band) {
        plane.rows = aot_min(layer->band, windows->output_height - done);
        const int32_t top = done * windows->stride_y - windows->pad_top;
        aot_uint32 *to = scratch + lanes;
        for (int32_t y = top; y < top + (plane.rows - 1) * windows->stride_y + reach; ++y) {
            const int8_t *row = image + y * windows->input_width * channels + base;
            to = aot_dsp_windows_gather(layer, y >= 0 && y < windows->input_height ? row : 0, first - windows->pad_left,
                                        windows->dilation_x, to);
        }
        for (int32_t i = skipped; i < AOT_DSP_WINDOWS_CHANNELS; ++i) {
            aot_dsp_windows_weights(layer, layer->weights + (base + i) * taps, scratch);
            plane.record = layer->records + base + i;
            plane.pixels = scratch + lanes + i;
            plane.output = output + (done * windows->output_width + first) * channels + base + i;
            multiply(&plane);
        }
    }
}

static inline void aot_dsp_depthwise_windows(const aot_dsp_depthwise_windows_layer *layer, const int8_t *input,
                                             int8_t *output, aot_uint32 *scratch,
                                             aot_dsp_depthwise_windows_function *multiply) {
    const aot_windows *windows = &layer->windows;
    const int32_t channels = windows->input_channels;
    for (int32_t batch = windows->batches; batch > 0; --batch) {
        for (int32_t c = 0; c < channels; c += AOT_DSP_WINDOWS_CHANNELS) {
            const int32_t base = aot_min(c, channels - AOT_DSP_WINDOWS_CHANNELS);
            for (int32_t first = 0; first < aot_min(windows->dilation_x, windows->output_width); ++first) {
                aot_dsp_windows_columns(layer, input, output, base, c - base, first, scratch, multiply);
            }
        }
        input += windows->input_height * windows->input_width * channels;
        output += windows->output_height * windows->output_width * channels;
    }
}

#endif
