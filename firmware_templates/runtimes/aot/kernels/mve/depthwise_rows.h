/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* DEPTHWISE_CONV_2D with Helium, any kernel: rows of outputs, 4 together.  See depthwise_conv_2d.h. */
#ifndef AOT_MVE_DEPTHWISE_ROWS_H
#define AOT_MVE_DEPTHWISE_ROWS_H

#include "depthwise_interleave.h"

/* A 4x4 block of taps with the weights of one channel, and how far from a window's first word its pixels are. */
typedef struct {
    aot_mve_block block;
    int8x16_t weights;
    int32_t offset;
} aot_mve_weighted_block;

AOT_INLINE int32x4_t aot_mve_depthwise_four(const aot_mve_weighted_block *blocks, int32_t count, int32_t from,
                                            int32_t step, uint32x4_t at) {
    int32_t sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
    for (; count > 0; --count, ++blocks) {
        const int8x16_t weights = blocks->weights;
        int32_t words = from + blocks->offset;
        sum0 = vmladavaq_s8(sum0, aot_mve_gather_words(at, words), weights);
        words += step;
        sum1 = vmladavaq_s8(sum1, aot_mve_gather_words(at, words), weights);
        words += step;
        sum2 = vmladavaq_s8(sum2, aot_mve_gather_words(at, words), weights);
        words += step;
        sum3 = vmladavaq_s8(sum3, aot_mve_gather_words(at, words), weights);
    }
    return aot_mve_four(sum0, sum1, sum2, sum3);
}

/* The same for kernels of one block, most of them. */
AOT_INLINE int32x4_t aot_mve_depthwise_four_small(int8x16_t weights, int32_t words, int32_t step, uint32x4_t at) {
    const int32_t sum0 = vmladavq_s8(aot_mve_gather_words(at, words), weights);
    words += step;
    const int32_t sum1 = vmladavq_s8(aot_mve_gather_words(at, words), weights);
    words += step;
    const int32_t sum2 = vmladavq_s8(aot_mve_gather_words(at, words), weights);
    words += step;
    return aot_mve_four(sum0, sum1, sum2, vmladavq_s8(aot_mve_gather_words(at, words), weights));
}

/* All stops of one channel; `at` and `where` as for squares. */
AOT_INLINE void aot_mve_depthwise_rows_channel(const aot_mve_depthwise_layer *layer, int32_t channel,
                                               const aot_mve_weighted_block *blocks, int32_t block_count,
                                               const aot_mve_stop *stop, int32_t count, int32_t step, uint32x4_t at,
                                               uint32x4_t where, int kind) {
    const int32_t bias = layer->bias[channel], multiplier = layer->multiplier[channel], shift = layer->shift[channel];
    const aot_mve_factors factors = layer->factors;
    const int8x16_t weights = blocks->weights;
    if (block_count == 1) {
        for (; count > 0; --count, ++stop) {
            const aot_mve_stop here = *stop;
            const int32x4_t sums = aot_mve_depthwise_four_small(weights, here.from, step, at);
            aot_mve_depthwise_store(here, sums, bias, multiplier, shift, &factors, where, kind);
        }
        return;
    }
    for (; count > 0; --count, ++stop) {
        const aot_mve_stop here = *stop;
        const int32x4_t sums = aot_mve_depthwise_four(blocks, block_count, here.from, step, at);
        aot_mve_depthwise_store(here, sums, bias, multiplier, shift, &factors, where, kind);
    }
}

/* Stops of `rows` rows of outputs, whose bands are `band` bytes apart; returns their number. */
static int32_t aot_mve_depthwise_row_stops(const aot_mve_depthwise_layer *layer, int32_t step, int32_t band,
                                           int32_t rows, aot_mve_stop *stops) {
    int32_t count = 0, woven = 0, output = 0;
    for (; rows > 0; --rows) {
        for (int32_t x = 0; x < layer->output.columns; x += 4) {
            const int32_t left = layer->output.columns - x;
            const uint32_t lanes = left >= 4 ? 0xFFFFu : (1u << 4 * left) - 1;
            const aot_mve_stop stop = {woven + x * step, output + x * layer->output.column_step, lanes};
            stops[count++] = stop;
        }
        woven += band;
        output += layer->output.row_step;
    }
    return count;
}

/* The bands of one row of outputs, one for each 4 rows of the kernel; `top`: the first input row. */
static void aot_mve_depthwise_interleave_rows(const aot_mve_depthwise_layer *layer, const aot_mve_cut *cut,
                                              const int8_t *input, int32_t top, const int8_t *zeros, int8_t *to) {
    for (int32_t row = 0; row < layer->kernel_rows; row += 4) {
        aot_mve_rows from;
        for (int32_t i = 0; i < 4; ++i) {
            const int32_t y = row + i < layer->kernel_rows ? top + (row + i) * layer->dilation_rows : -1;
            aot_mve_depthwise_row(layer, input, y, cut->step, zeros, &from, i);
        }
        aot_mve_interleave(&from, cut, 0, to + 4 * cut->width * layer->pad_columns);
        aot_mve_depthwise_sides(layer, cut->width, to);
        to += 4 * cut->width * layer->woven_columns;
    }
}

/* One slice of channels of one image; `blocks`: rows x columns of blocks. */
AOT_INLINE void aot_mve_depthwise_rows_slice(const aot_mve_depthwise_layer *layer, int32_t first, const int8_t *input,
                                             int8_t *output, aot_mve_weighted_block *blocks, int32_t block_count,
                                             const int8_t *zeros, aot_mve_stop *stops, int8_t *woven, int kind) {
    const int32_t channels = aot_min(layer->channels - first, AOT_MVE_SLICE), times = layer->depth_multiplier;
    const int32_t taps = layer->kernel_rows * layer->kernel_columns;
    const aot_mve_cut cut = aot_mve_depthwise_cut(layer, channels);
    const int32_t column = 4 * cut.width, band = (layer->kernel_rows + 3) / 4 * layer->woven_columns * column;
    const int32_t step = layer->stride_columns * column;
    const uint32x4_t lanes = vidupq_n_u32(0, 1);
    int32_t listed = 0, count = 0;
    for (int32_t y = 0; y < layer->output.rows; y += layer->bands) {
        const int32_t rows = aot_min(layer->output.rows - y, layer->bands);
        for (int32_t i = 0; i < rows; ++i) {
            const int32_t top = (y + i) * layer->stride_rows - layer->pad_rows;
            aot_mve_depthwise_interleave_rows(layer, &cut, input + first, top, zeros, woven + i * band);
        }
        if (rows != listed) {
            count = aot_mve_depthwise_row_stops(layer, step, band, rows, stops);
            listed = rows;
        }
        uint32x4_t at = aot_mve_addresses(woven, vmulq_n_u32(lanes, (uint32_t)(layer->dilation_columns * column)));
        uint32x4_t where = aot_mve_addresses(output + y * layer->output.row_step + first * times,
                                             vmulq_n_u32(lanes, (uint32_t)layer->output.column_step));
        for (int32_t channel = first * times, m = 0; channel < (first + channels) * times; ++channel) {
            for (int32_t i = 0; i < block_count; ++i) {
                blocks[i].weights = aot_mve_depthwise_weights(layer->weights + channel * taps, &blocks[i].block);
            }
            aot_mve_depthwise_rows_channel(layer, channel, blocks, block_count, stops, count, step, at, where, kind);
            where = vaddq_n_u32(where, 1);
            if (++m == times) {
                m = 0;
                at = vaddq_n_u32(at, 4);
            }
        }
    }
}

/* `scratch`: 16 bytes, an aot_mve_weighted_block for each 4x4 taps, `stops` stops, `bands` times a band of
 * woven_columns * min(channels, 16) words for each 4 rows of the kernel, 64 bytes more. */
AOT_INLINE void aot_mve_depthwise_rows(const aot_mve_depthwise_layer *layer, const int8_t *input, int8_t *output,
                                       int8_t *scratch, int kind) {
    aot_mve_weighted_block *const blocks = (aot_mve_weighted_block *)(void *)(scratch + AOT_MVE_SLICE);
    const int32_t column = 4 * aot_min(layer->channels, AOT_MVE_SLICE), band = column * layer->woven_columns;
    int32_t count = 0;
    vstrbq_s8(scratch, vdupq_n_s8((int8_t)layer->input_zero_point));
    for (int32_t row = 0; row < layer->kernel_rows; row += 4) {
        for (int32_t x = 0; x < layer->kernel_columns; x += 4) {
            blocks[count].block = aot_mve_depthwise_block(layer, row, x);
            blocks[count].offset = row / 4 * band + x * layer->dilation_columns * column;
            ++count;
        }
    }
    aot_mve_stop *const stops = (aot_mve_stop *)(void *)(blocks + count);
    for (int32_t batch = 0; batch < layer->batches; ++batch) {
        for (int32_t first = 0; first < layer->channels; first += AOT_MVE_SLICE) {
            aot_mve_depthwise_rows_slice(layer, first, input, output, blocks, count, scratch, stops,
                                         (int8_t *)(stops + layer->stops), kind);
        }
        input += layer->input.rows * layer->input.columns * layer->channels;
        output += layer->output.rows * layer->output.columns * layer->channels * layer->depth_multiplier;
    }
}

#endif
