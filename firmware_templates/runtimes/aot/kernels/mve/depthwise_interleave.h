/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* DEPTHWISE_CONV_2D with Helium: what squares and rows share.  See depthwise_conv_2d.h. */
#ifndef AOT_MVE_DEPTHWISE_INTERLEAVE_H
#define AOT_MVE_DEPTHWISE_INTERLEAVE_H

#include "../windows.h"
#include "requantize.h"

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
    aot_plane input;
    aot_plane output;
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
    aot_mve_cut cut = {layer->input.columns, layer->input.column_step, channels, 0, AOT_MVE_SLICE};
    if (layer->channels <= AOT_MVE_SLICE) {
        cut.width = channels;
        if (layer->input.column_step == channels) { /* pixels are neighbours */
            cut.bytes = layer->input.columns * channels;
            cut.pieces = (cut.bytes + 15) / 16;
            cut.step = cut.bytes_step = 16;
        }
    }
    return cut;
}

AOT_INLINE void aot_mve_depthwise_row(const aot_mve_depthwise_layer *layer, const int8_t *input, int32_t y,
                                      int32_t step, const int8_t *zeros, aot_mve_rows *rows, int32_t i) {
    const int inside = y >= 0 && y < layer->input.rows;
    rows->row[i] = inside ? input + y * layer->input.row_step : zeros;
    rows->step[i] = inside ? step : 0;
}

/* 4 rows into words; with `before`, the first two are the last two of that band. */
static void aot_mve_interleave(const aot_mve_rows *rows, const aot_mve_cut *cut, const int8_t *before, int8_t *to) {
    const int32_t to_step = cut->bytes_step ? 4 * AOT_MVE_SLICE : 4 * cut->width;
    const int8_t *row2 = rows->row[2], *row3 = rows->row[3];
    const int32_t step2 = rows->step[2], step3 = rows->step[3], bytes_step = cut->bytes_step;
    int32_t bytes = cut->bytes;
    if (before) {
        for (int32_t piece = cut->pieces; piece > 0; --piece) {
            int8x16x4_t woven = vld4q_s8(before);
            woven.val[0] = woven.val[2];
            woven.val[1] = woven.val[3];
            woven.val[2] = aot_mve_load_bytes(row2, bytes);
            woven.val[3] = aot_mve_load_bytes(row3, bytes);
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
        int8x16x4_t woven;
        woven.val[0] = aot_mve_load_bytes(row0, bytes);
        woven.val[1] = aot_mve_load_bytes(row1, bytes);
        woven.val[2] = aot_mve_load_bytes(row2, bytes);
        woven.val[3] = aot_mve_load_bytes(row3, bytes);
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
    const int32_t before = layer->pad_columns * width, image = layer->input.columns * width;
    const int32_t behind = layer->woven_columns * width - before - image;
    const int8x16_t zero = vdupq_n_s8((int8_t)layer->input_zero_point);
    for (int32_t i = 0; i < before; i += 4) {
        aot_mve_store_bytes(band + 4 * i, zero, 4 * (before - i));
    }
    band += 4 * (before + image);
    for (int32_t i = 0; i < behind; i += 4) {
        aot_mve_store_bytes(band + 4 * i, zero, 4 * (behind - i));
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
    const aot_mve_block block = {vldrbq_u8(taps), (mve_pred16_t)some};
    return block;
}

AOT_INLINE int8x16_t aot_mve_depthwise_weights(const int8_t *weights, const aot_mve_block *block) {
    return aot_mve_gather_bytes(weights, block->taps, block->some);
}

/* `offsets` as addresses behind `first`. */
AOT_INLINE uint32x4_t aot_mve_addresses(const int8_t *first, uint32x4_t offsets) {
    return vaddq_n_u32(offsets, (uint32_t)(uintptr_t)first);
}

/* Four sums of one channel to outputs in the low bytes of 32-bit lanes. */
AOT_INLINE int32x4_t aot_mve_depthwise_requantize(int32x4_t sums, int32_t bias, int32_t multiplier, int32_t shift,
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
    uint32_t lanes; /* a bit for each byte */
} aot_mve_stop;

/* Rescales and stores the sums at `stop`. */
AOT_INLINE void aot_mve_depthwise_store(aot_mve_stop stop, int32x4_t sums, int32_t bias, int32_t multiplier,
                                        int32_t shift, const aot_mve_factors *factors, uint32x4_t where, int kind) {
    const int32x4_t outputs = aot_mve_depthwise_requantize(sums, bias, multiplier, shift, factors, kind);
    aot_mve_scatter_low_bytes(where, stop.to, outputs, stop.lanes);
}

#endif
