/* DEPTHWISE_CONV_2D, int8, for cores with Helium (MVE): any kernel of up to 256 taps, stride, dilation and multiplier.
 *
 * Layouts: input and output [batch][y][x][channel], weights [output channel][row][column]; rows and columns may be
 * exchanged (the compiler of the model works along the longer side of narrow images).
 *
 * Arithmetic.  VMLADAV multiplies and adds 16 pairs of bytes into one register, so what it is given must be one channel
 * of 16 pixels.  VST4 weaves 4 rows of 16 channels: each 32-bit word is 4 pixels of one column of one channel.  A
 * gathering load takes 4 such words, which are 4 columns: 4x4 pixels of a channel, multiplied with a vector of weights
 * that has zeros where the kernel has no tap.  Rows and columns outside the image are woven from the input's zero
 * point; the biases account for it.
 *
 * Squares (aot_mve_depthwise_squares).  For kernels of up to 3x3 with stride 1 one gathered vector serves 2x2 outputs,
 * by weights shifted by a column (4 bytes), a row (1 byte) and both: 1 load + 4 VMLADAV + 2 VMOV + 8 to round and store
 * for 4 outputs.  A band of 4 rows makes 2 rows of outputs; the next one gets its first 2 rows by VLD4 from the band
 * before, never from the input, so the output may take the place of the input.
 *
 * Rows (aot_mve_depthwise_rows).  Everything else, one row of outputs at a time, 4 outputs together: each takes a load
 * and a VMLADAVA for every 4x4 taps.
 *
 * Several bands are woven before they are multiplied, so that a channel's weights are prepared once for all of them.
 * Where vectors come from and go to is the same for all channels of a slice: a list of stops, made once.
 *
 * Channels are done in slices of 16; images of up to 16 channels are woven across pixels. */
#ifndef AOT_MVE_DEPTHWISE_CONV_2D_H
#define AOT_MVE_DEPTHWISE_CONV_2D_H

#include "finish.h"

#define AOT_MVE_SLICE 16
/* Taps of a kernel come in blocks of 4x4. */
#define AOT_MVE_TAPS 16

typedef struct {
    const int8_t *weights;
    const int32_t *bias; /* bias - input zero point * sum of weights */
    const int32_t *multiplier;
    const int8_t *shift; /* -e */
    int32_t batches;
    int32_t channels;
    int32_t depth_multiplier;
    int32_t input_rows;
    int32_t input_columns;
    int32_t input_row; /* distance in bytes, as are the next three */
    int32_t input_column;
    int32_t output_row;
    int32_t output_column;
    int32_t output_rows;
    int32_t output_columns;
    int32_t kernel_rows;
    int32_t kernel_columns;
    int32_t stride_rows;
    int32_t stride_columns;
    int32_t dilation_rows;
    int32_t dilation_columns;
    int32_t pad_rows;
    int32_t pad_columns;
    int32_t woven_columns; /* of a band, those included that are read but do not matter */
    int32_t bands;         /* squares: bands, rows: rows of outputs that are woven together */
    int32_t stops;         /* of so many bands or rows */
    int32_t input_zero_point;
    aot_mve_factors factors; /* zero point and bounds; each channel has a factor of its own */
} aot_mve_depthwise_layer;

/* Where the 4 rows of a band are read. */
typedef struct {
    const int8_t *row[4];
    int32_t step[4]; /* from one 16 bytes to the next; 0 for a row outside the image */
} aot_mve_rows;

/* How a slice of channels of one row is cut into pieces of 16 bytes. */
typedef struct {
    int32_t pieces;
    int32_t step;       /* in the input */
    int32_t bytes;      /* of the first piece's rest: what is left of the row, or the slice's channels */
    int32_t bytes_step; /* how that shrinks from piece to piece */
    int32_t width;      /* channels between one woven column and the next */
} aot_mve_cut;

AOT_INLINE aot_mve_cut aot_mve_depthwise_cut(const aot_mve_depthwise_layer *layer, int32_t channels) {
    aot_mve_cut cut = {layer->input_columns, layer->input_column, channels, 0, AOT_MVE_SLICE};
    if (layer->channels <= AOT_MVE_SLICE) {
        cut.width = channels;
        if (layer->input_column == channels) { /* pixels are neighbours */
            cut.bytes = layer->input_columns * channels;
            cut.pieces = (cut.bytes + 15) / 16;
            cut.step = cut.bytes_step = 16;
        }
    }
    return cut;
}

AOT_INLINE void aot_mve_depthwise_row(const aot_mve_depthwise_layer *layer, const int8_t *input, int32_t y,
                                      int32_t step, const int8_t *zeros, aot_mve_rows *rows, int32_t i) {
    const int inside = y >= 0 && y < layer->input_rows;
    rows->row[i] = inside ? input + y * layer->input_row : zeros;
    rows->step[i] = inside ? step : 0;
}

/* 4 rows into words; with `before`, the first two are the last two of that band. */
static void aot_mve_weave(const aot_mve_rows *rows, const aot_mve_cut *cut, const int8_t *before, int8_t *to) {
    const int32_t to_step = cut->bytes_step ? 4 * AOT_MVE_SLICE : 4 * cut->width;
    const int8_t *row2 = rows->row[2], *row3 = rows->row[3];
    const int32_t step2 = rows->step[2], step3 = rows->step[3], bytes_step = cut->bytes_step;
    int32_t bytes = cut->bytes;
    if (before) {
        for (int32_t piece = cut->pieces; piece > 0; --piece) {
            const mve_pred16_t some = vctp8q((uint32_t)bytes);
            int8x16x4_t woven = vld4q_s8(before);
            woven.val[0] = woven.val[2];
            woven.val[1] = woven.val[3];
            woven.val[2] = vldrbq_z_s8(row2, some);
            woven.val[3] = vldrbq_z_s8(row3, some);
            vst4q_s8(to, woven);
            AOT_KEEP_IN_REGISTER(before); /* GCC 12 would step pointers in VLD43 and VST43, which cannot */
            AOT_KEEP_IN_REGISTER(to);
            row2 += step2;
            row3 += step3;
            before += to_step;
            to += to_step;
            bytes -= bytes_step;
        }
        return;
    }
    const int8_t *row0 = rows->row[0], *row1 = rows->row[1];
    const int32_t step0 = rows->step[0], step1 = rows->step[1];
    for (int32_t piece = cut->pieces; piece > 0; --piece) {
        const mve_pred16_t some = vctp8q((uint32_t)bytes);
        int8x16x4_t woven;
        woven.val[0] = vldrbq_z_s8(row0, some);
        woven.val[1] = vldrbq_z_s8(row1, some);
        woven.val[2] = vldrbq_z_s8(row2, some);
        woven.val[3] = vldrbq_z_s8(row3, some);
        vst4q_s8(to, woven);
        AOT_KEEP_IN_REGISTER(to);
        row0 += step0;
        row1 += step1;
        row2 += step2;
        row3 += step3;
        to += to_step;
        bytes -= bytes_step;
    }
}

/* The columns beside the image, zero points. */
static void aot_mve_depthwise_sides(const aot_mve_depthwise_layer *layer, int32_t width, int8_t *band) {
    const int32_t before = layer->pad_columns * width, image = layer->input_columns * width;
    const int32_t behind = layer->woven_columns * width - before - image;
    const int8x16_t zero = vdupq_n_s8((int8_t)layer->input_zero_point);
    for (int32_t i = 0; i < before; i += 4) {
        vstrbq_p_s8(band + 4 * i, zero, vctp8q((uint32_t)(4 * (before - i))));
    }
    band += 4 * (before + image);
    for (int32_t i = 0; i < behind; i += 4) {
        vstrbq_p_s8(band + 4 * i, zero, vctp8q((uint32_t)(4 * (behind - i))));
    }
}

/* Which tap each byte of a 4x4 block is (row = byte % 4, column = byte / 4), and which bytes are taps at all. */
typedef struct {
    uint8x16_t taps;
    mve_pred16_t some;
} aot_mve_block;

static aot_mve_block aot_mve_depthwise_block(const aot_mve_depthwise_layer *layer, int32_t row, int32_t column) {
    uint8_t taps[AOT_MVE_TAPS];
    uint32_t some = 0;
    for (int32_t i = 0; i < AOT_MVE_TAPS; ++i) {
        const int32_t y = row + (i & 3), x = column + (i >> 2);
        const int is_tap = y < layer->kernel_rows && x < layer->kernel_columns;
        taps[i] = (uint8_t)(is_tap ? y * layer->kernel_columns + x : 0);
        some |= is_tap ? UINT32_C(1) << i : 0;
    }
    AOT_KEEP_IN_REGISTER(some); /* not a constant: see aot_mve_depthwise_squares_channel */
    const aot_mve_block block = {vldrbq_u8(taps), (mve_pred16_t)some};
    return block;
}

AOT_INLINE int8x16_t aot_mve_depthwise_weights(const int8_t *weights, const aot_mve_block *block) {
    return vldrbq_gather_offset_z_s8(weights, block->taps, block->some);
}

/* Four words at `offset` behind the addresses `columns`. */
AOT_INLINE int8x16_t aot_mve_gather_columns(int32_t offset, uint32x4_t columns) {
    return vreinterpretq_s8_s32(vldrwq_gather_offset_s32((const int32_t *)(uintptr_t)(uint32_t)offset, columns));
}

/* `offsets` as addresses behind `first`. */
AOT_INLINE uint32x4_t aot_mve_addresses(const int8_t *first, uint32x4_t offsets) {
    return vaddq_n_u32(offsets, (uint32_t)(uintptr_t)first);
}

/* Four sums of one channel to outputs in the low bytes of 32-bit lanes. */
AOT_INLINE int32x4_t aot_mve_depthwise_finish(int32x4_t sums, int32_t bias, int32_t multiplier, int32_t shift,
                                              const aot_mve_factors *factors, int kind) {
    const int32x4_t value = aot_mve_rescale_shared(vaddq_n_s32(sums, bias), multiplier, shift, kind);
    return vreinterpretq_s32_s16(aot_mve_narrow_even(value, factors, kind));
}

/* Four outputs: where their pixels are woven, where they go, both in bytes from the first of the bands that are woven
 * together, and which lanes count.  Gathers and scatters add a register to each lane: lanes hold a channel's addresses,
 * the register is the stop's offset, so that stops serve all channels as they are. */
typedef struct {
    int32_t from;
    int32_t to;
    uint32_t lanes; /* never a constant: GCC 12 takes a constant predicate that is not 0 for all lanes */
} aot_mve_stop;

/* Rescales and stores the sums at `stop`. */
AOT_INLINE void aot_mve_depthwise_store(const aot_mve_stop *stop, int32x4_t sums, int32_t bias, int32_t multiplier,
                                        int32_t shift, const aot_mve_factors *factors, uint32x4_t where, int kind) {
    const int32x4_t outputs = aot_mve_depthwise_finish(sums, bias, multiplier, shift, factors, kind);
    vstrbq_scatter_offset_p_s32((int8_t *)(uintptr_t)(uint32_t)stop->to, where, outputs, (mve_pred16_t)stop->lanes);
}

/* ---- squares: kernels of up to 3x3, stride 1, no dilation, one output channel for each input channel ---- */

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
        const int8x16_t pixels = aot_mve_gather_columns(stop->from, at);
        const int32x4_t sums = aot_mve_four(vmladavq_s8(pixels, weights), vmladavq_s8(pixels, right),
                                            vmladavq_s8(pixels, below), vmladavq_s8(pixels, both));
        aot_mve_depthwise_store(stop, sums, bias, multiplier, shift, &factors, where, kind);
    }
}

/* Stops of `rows` rows of outputs, whose bands are `band` bytes apart; returns their number. */
static int32_t aot_mve_depthwise_square_stops(const aot_mve_depthwise_layer *layer, int32_t column, int32_t band,
                                              int32_t rows, aot_mve_stop *stops) {
    const int32_t columns = layer->output_columns, out_column = layer->output_column;
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
        output += 2 * layer->output_row;
    }
    return count;
}

/* Weaves `bands` bands from input row `top` on; the first follows `before`, if that is not 0.  Returns the last one. */
static const int8_t *aot_mve_depthwise_weave_bands(const aot_mve_depthwise_layer *layer, const aot_mve_cut *cut,
                                                   const int8_t *input, int32_t top, int32_t bands, int32_t band,
                                                   const int8_t *before, const int8_t *zeros, int8_t *to) {
    const int32_t image = 4 * cut->width * layer->pad_columns;
    for (; bands > 0; --bands, top += 2) {
        aot_mve_rows from;
        for (int32_t row = before ? 2 : 0; row < 4; ++row) {
            aot_mve_depthwise_row(layer, input, top + row, cut->step, zeros, &from, row);
        }
        aot_mve_weave(&from, cut, before, to + image);
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
    const uint32_t out_column = (uint32_t)layer->output_column, out_row = (uint32_t)layer->output_row;
    const uint32_t square[4] = {0, out_column, out_row, out_row + out_column};
    const uint32x4_t lanes = vidupq_n_u32(0, 1);
    const int8_t *before = 0;
    int32_t listed = 0, count = 0;
    for (int32_t y = 0; y < layer->output_rows; y += 2 * layer->bands) {
        const int32_t rows = aot_min(layer->output_rows - y, 2 * layer->bands), bands = (rows + 1) / 2;
        before = aot_mve_depthwise_weave_bands(layer, &cut, input + first, y - layer->pad_rows, bands, band, before,
                                               zeros, woven);
        if (rows != listed) {
            count = aot_mve_depthwise_square_stops(layer, column, band, rows, stops);
            listed = rows;
        }
        uint32x4_t at = aot_mve_addresses(woven, vmulq_n_u32(lanes, (uint32_t)column));
        uint32x4_t where = aot_mve_addresses(output + y * layer->output_row + first, vldrwq_u32(square));
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
        input += layer->input_rows * layer->input_columns * layer->channels;
        output += layer->output_rows * layer->output_columns * layer->channels;
    }
}

/* ---- rows: everything else ---- */

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
        sum0 = vmladavaq_s8(sum0, aot_mve_gather_columns(words, at), weights);
        words += step;
        sum1 = vmladavaq_s8(sum1, aot_mve_gather_columns(words, at), weights);
        words += step;
        sum2 = vmladavaq_s8(sum2, aot_mve_gather_columns(words, at), weights);
        words += step;
        sum3 = vmladavaq_s8(sum3, aot_mve_gather_columns(words, at), weights);
    }
    return aot_mve_four(sum0, sum1, sum2, sum3);
}

/* The same for kernels of one block, most of them. */
AOT_INLINE int32x4_t aot_mve_depthwise_four_small(int8x16_t weights, int32_t words, int32_t step, uint32x4_t at) {
    const int32_t sum0 = vmladavq_s8(aot_mve_gather_columns(words, at), weights);
    words += step;
    const int32_t sum1 = vmladavq_s8(aot_mve_gather_columns(words, at), weights);
    words += step;
    const int32_t sum2 = vmladavq_s8(aot_mve_gather_columns(words, at), weights);
    words += step;
    return aot_mve_four(sum0, sum1, sum2, vmladavq_s8(aot_mve_gather_columns(words, at), weights));
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
            const int32x4_t sums = aot_mve_depthwise_four_small(weights, stop->from, step, at);
            aot_mve_depthwise_store(stop, sums, bias, multiplier, shift, &factors, where, kind);
        }
        return;
    }
    for (; count > 0; --count, ++stop) {
        const int32x4_t sums = aot_mve_depthwise_four(blocks, block_count, stop->from, step, at);
        aot_mve_depthwise_store(stop, sums, bias, multiplier, shift, &factors, where, kind);
    }
}

/* Stops of `rows` rows of outputs, whose bands are `band` bytes apart; returns their number. */
static int32_t aot_mve_depthwise_row_stops(const aot_mve_depthwise_layer *layer, int32_t step, int32_t band,
                                           int32_t rows, aot_mve_stop *stops) {
    int32_t count = 0, woven = 0, output = 0;
    for (; rows > 0; --rows) {
        for (int32_t x = 0; x < layer->output_columns; x += 4) {
            const int32_t left = layer->output_columns - x;
            const uint32_t lanes = left >= 4 ? 0xFFFFu : (1u << 4 * left) - 1;
            const aot_mve_stop stop = {woven + x * step, output + x * layer->output_column, lanes};
            stops[count++] = stop;
        }
        woven += band;
        output += layer->output_row;
    }
    return count;
}

/* The bands of one row of outputs, one for each 4 rows of the kernel; `top`: the first input row. */
static void aot_mve_depthwise_weave_rows(const aot_mve_depthwise_layer *layer, const aot_mve_cut *cut,
                                         const int8_t *input, int32_t top, const int8_t *zeros, int8_t *to) {
    for (int32_t row = 0; row < layer->kernel_rows; row += 4) {
        aot_mve_rows from;
        for (int32_t i = 0; i < 4; ++i) {
            const int32_t y = row + i < layer->kernel_rows ? top + (row + i) * layer->dilation_rows : -1;
            aot_mve_depthwise_row(layer, input, y, cut->step, zeros, &from, i);
        }
        aot_mve_weave(&from, cut, 0, to + 4 * cut->width * layer->pad_columns);
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
    for (int32_t y = 0; y < layer->output_rows; y += layer->bands) {
        const int32_t rows = aot_min(layer->output_rows - y, layer->bands);
        for (int32_t i = 0; i < rows; ++i) {
            const int32_t top = (y + i) * layer->stride_rows - layer->pad_rows;
            aot_mve_depthwise_weave_rows(layer, &cut, input + first, top, zeros, woven + i * band);
        }
        if (rows != listed) {
            count = aot_mve_depthwise_row_stops(layer, step, band, rows, stops);
            listed = rows;
        }
        uint32x4_t at = aot_mve_addresses(woven, vmulq_n_u32(lanes, (uint32_t)(layer->dilation_columns * column)));
        uint32x4_t where = aot_mve_addresses(output + y * layer->output_row + first * times,
                                             vmulq_n_u32(lanes, (uint32_t)layer->output_column));
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
        input += layer->input_rows * layer->input_columns * layer->channels;
        output += layer->output_rows * layer->output_columns * layer->channels * layer->depth_multiplier;
    }
}

#endif
