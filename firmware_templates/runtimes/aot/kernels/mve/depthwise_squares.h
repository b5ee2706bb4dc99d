/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* DEPTHWISE_CONV_2D with Helium, kernels of up to 3x3 with stride 1: 2x2 outputs together.  See depthwise_conv_2d.h. */
#ifndef AOT_MVE_DEPTHWISE_SQUARES_H
#define AOT_MVE_DEPTHWISE_SQUARES_H

#include "depthwise_interleave.h"

/* All stops of one channel.  `at`, `where`: addresses of the columns and of the outputs of a stop with offsets 0. */
AOT_INLINE void aot_mve_depthwise_squares_channel(const aot_mve_depthwise_layer *layer, int32_t channel,
                                                  int8x16_t weights, const aot_mve_stop *stop, int32_t count,
                                                  uint32x4_t at, uint32x4_t where, int kind) {
    const int32_t bias = layer->bias[channel], multiplier = layer->multiplier[channel], shift = layer->shift[channel];
    const aot_mve_factors factors = layer->factors;
    const int8x16_t below = vreinterpretq_s8_u32(vshlq_n_u32(vreinterpretq_u32_s8(weights), 8));
    uint32_t carry = 0;
    const int8x16_t right = vshlcq_s8(weights, &carry, 32);
    carry = 0;
    const int8x16_t both = vshlcq_s8(below, &carry, 32);
    for (; count > 0; --count, ++stop) {
        const aot_mve_stop here = *stop;
        const int8x16_t pixels = aot_mve_gather_words(at, here.from);
        const int32x4_t sums = aot_mve_four(vmladavq_s8(pixels, weights), vmladavq_s8(pixels, right),
                                            vmladavq_s8(pixels, below), vmladavq_s8(pixels, both));
        aot_mve_depthwise_store(here, sums, bias, multiplier, shift, &factors, where, kind);
    }
}

/* Stops of `rows` rows of outputs, whose bands are `band` bytes apart; returns their number. */
static int32_t aot_mve_depthwise_square_stops(const aot_mve_depthwise_layer *layer, int32_t column, int32_t band,
                                              int32_t rows, aot_mve_stop *stops) {
    const int32_t columns = layer->output.columns, out_column = layer->output.column_step;
    int32_t count = 0, woven = 0, output = 0;
    for (; rows > 0; rows -= 2) {
        const uint32_t lanes = (rows > 1 ? 0xFFFFu : 0x00FFu) & (columns > 1 ? 0xFFFFu : 0x0F0Fu);
        for (int32_t x = 0; x < columns; x += 2) {
            /* Of an odd number of columns the last but one is computed twice. */
            const int32_t at = x + 1 < columns || x == 0 ? x : x - 1;
            const aot_mve_stop stop = {woven + at * column, output + at * out_column, lanes};
            stops[count++] = stop;
        }
        woven += band;
        output += 2 * layer->output.row_step;
    }
    return count;
}

/* Interleaves `bands` bands from input row `top` on; the first follows `before`, if that is not 0.  Returns the last
 * one. */
static const int8_t *aot_mve_depthwise_interleave_bands(const aot_mve_depthwise_layer *layer, const aot_mve_cut *cut,
                                                        const int8_t *input, int32_t top, int32_t bands, int32_t band,
                                                        const int8_t *before, const int8_t *zeros, int8_t *to) {
    const int32_t image = 4 * cut->width * layer->pad_columns;
    for (; bands > 0; --bands, top += 2) {
        aot_mve_rows from;
        for (int32_t row = before ? 2 : 0; row < 4; ++row) {
            aot_mve_depthwise_row(layer, input, top + row, cut->step, zeros, &from, row);
        }
        aot_mve_interleave(&from, cut, before, to + image);
        aot_mve_depthwise_sides(layer, cut->width, to);
        before = to + image;
        to += band;
    }
    return before;
}

/* One slice of channels of one image. */
AOT_INLINE void aot_mve_depthwise_squares_slice(const aot_mve_depthwise_layer *layer, int32_t first,
                                                const int8_t *input, int8_t *output, const aot_mve_block *block,
                                                const int8_t *zeros, aot_mve_stop *stops, int8_t *woven, int kind) {
    const int32_t channels = aot_min(layer->channels - first, AOT_MVE_SLICE);
    const int32_t taps = layer->kernel_rows * layer->kernel_columns;
    const aot_mve_cut cut = aot_mve_depthwise_cut(layer, channels);
    const int32_t column = 4 * cut.width, band = column * layer->woven_columns;
    const uint32_t out_column = (uint32_t)layer->output.column_step, out_row = (uint32_t)layer->output.row_step;
    const uint32_t square[4] = {0, out_column, out_row, out_row + out_column};
    const uint32x4_t lanes = vidupq_n_u32(0, 1);
    const int8_t *before = 0;
    int32_t listed = 0, count = 0;
    for (int32_t y = 0; y < layer->output.rows; y += 2 * layer->bands) {
        const int32_t rows = aot_min(layer->output.rows - y, 2 * layer->bands), bands = (rows + 1) / 2;
        before = aot_mve_depthwise_interleave_bands(layer, &cut, input + first, y - layer->pad_rows, bands, band,
                                                    before, zeros, woven);
        if (rows != listed) {
            count = aot_mve_depthwise_square_stops(layer, column, band, rows, stops);
            listed = rows;
        }
        uint32x4_t at = aot_mve_addresses(woven, vmulq_n_u32(lanes, (uint32_t)column));
        uint32x4_t where = aot_mve_addresses(output + y * layer->output.row_step + first, vldrwq_u32(square));
        for (int32_t c = first; c < first + channels; ++c) {
            aot_mve_depthwise_squares_channel(layer, c, aot_mve_depthwise_weights(layer->weights + c * taps, block),
                                              stops, count, at, where, kind);
            at = vaddq_n_u32(at, 4);
            where = vaddq_n_u32(where, 1);
        }
    }
}

/* `scratch`: 16 bytes, `stops` stops, `bands` bands of woven_columns * min(channels, 16) words, 64 bytes more. */
AOT_INLINE void aot_mve_depthwise_squares(const aot_mve_depthwise_layer *layer, const int8_t *input, int8_t *output,
                                          int8_t *scratch, int kind) {
    const aot_mve_block block = aot_mve_depthwise_block(layer, 0, 0);
    aot_mve_stop *const stops = (aot_mve_stop *)(void *)(scratch + AOT_MVE_SLICE);
    vstrbq_s8(scratch, vdupq_n_s8((int8_t)layer->input_zero_point));
    for (int32_t batch = 0; batch < layer->batches; ++batch) {
        for (int32_t first = 0; first < layer->channels; first += AOT_MVE_SLICE) {
            aot_mve_depthwise_squares_slice(layer, first, input, output, &block, scratch, stops,
                                            (int8_t *)(stops + layer->stops), kind);
        }
        input += layer->input.rows * layer->input.columns * layer->channels;
        output += layer->output.rows * layer->output.columns * layer->channels;
    }
}

#endif
