/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* DEPTHWISE_CONV_2D 3x3, stride 1 or 2, depth multiplier 1, int8, for cores with the DSP extension.
 *
 * Layouts: input and output [batch][y][x][channel].  A record for each channel holds its 9 weights [y][x] and
 * constants.
 *
 * depthwise_gather.h copies 4 channels of a band of input rows into `scratch`, where depthwise_plane.h multiplies them
 * by their weights, channel by channel, and writes the outputs.
 *
 * In place.  Rows are in `scratch` before the first output of a band is written, and those that the next band needs
 * again stay there; output pixel n never comes after input pixel n.  So input and output may start at the same address.
 *
 * Offline conditions (requantization.py): 4 channels or more, and the way to round is exact for every channel. */
#ifndef AOT_DSP_DEPTHWISE_CONV_2D_H
#define AOT_DSP_DEPTHWISE_CONV_2D_H

#include "depthwise_plane.h"

typedef struct {
    int32_t start; /* (bias - input zero point * sum of weights) << shift */
    int32_t multiplier;
    int32_t round;
    int8_t weights[9];
    uint8_t shift;    /* of the weights: t, or 1 where rounding is two-sided */
    uint8_t exponent; /* two-sided: e */
    uint8_t unused;
} aot_dsp_depthwise_channel;

/* Rows and columns are those of the image, or exchanged (with the weights' ones) where a plane is higher than wide:
 * longer rows are better. */
typedef struct {
    const aot_dsp_depthwise_channel *records;
    int32_t batches;
    int32_t channels;
    aot_plane input;
    aot_plane output;
    int32_t stride;   /* 1 or 2 */
    int32_t pad_rows; /* before the first row, 0 or 1; columns alike */
    int32_t pad_columns;
    int32_t input_zero_point;
    aot_range range;      /* of the fused activation */
    int32_t band;         /* output rows at a time, even */
    int32_t rows;         /* of the buffer: stride * (band - 1) + 3 */
    int32_t column_pairs; /* of the buffer: half the output columns (stride 1) or all of them (stride 2), rounded up */
} aot_dsp_depthwise_layer;

AOT_INLINE aot_dsp_gather aot_dsp_gather_of(const aot_dsp_depthwise_layer *layer) {
    const int32_t first = 2 - layer->pad_columns, left = aot_max(layer->input.columns - first, 0);
    const int32_t inside = aot_min(left >> 1, layer->column_pairs);
    const int32_t half = left & 1 && inside < layer->column_pairs;
    aot_dsp_gather gather; /* field by field: C++ before 2020 has no designated initializers */
    gather.column = layer->input.column_step;
    gather.step = 4 * 2 * AOT_DSP_GATHERED * layer->rows;
    gather.zero = (uint32_t)(uint8_t)layer->input_zero_point * UINT32_C(0x01010101);
    gather.outside = layer->pad_columns;
    gather.inside = inside;
    gather.half = half;
    gather.rest = layer->column_pairs - inside - half;
    gather.row = layer->input.row_step;
    return gather;
}

/* Moves the buffer's last `count` rows to its beginning. */
AOT_INLINE void aot_dsp_keep_rows(const aot_dsp_depthwise_layer *layer, int32_t count, aot_uint32 *buffer) {
    const int32_t words = 2 * AOT_DSP_GATHERED * count, step = 2 * AOT_DSP_GATHERED * layer->rows;
    for (int32_t pair = layer->column_pairs; pair > 0; --pair, buffer += step) {
        const aot_uint32 *from = buffer + step - words;
        for (int32_t i = 0; i < words; i += 4) {
            const uint32_t first = from[i], second = from[i + 1], third = from[i + 2], fourth = from[i + 3];
            buffer[i] = first;
            buffer[i + 1] = second;
            buffer[i + 2] = third;
            buffer[i + 3] = fourth;
        }
    }
}

AOT_INLINE void aot_dsp_depthwise_set_channel(aot_dsp_depthwise_plane *plane, const aot_dsp_depthwise_channel *record) {
    plane->start = record->start;
    plane->multiplier = record->multiplier;
    plane->round = record->round;
    plane->exponent = record->exponent;
    const int8_t *w = record->weights;
    aot_uint32 *lanes = plane->weights;
    for (int32_t row = 3; row > 0; --row, w += 3, lanes += 2) {
        const uint32_t middle = (uint32_t)w[1] << record->shift;
        lanes[0] = aot_dsp_pack_low((uint32_t)w[0] << record->shift, middle);
        lanes[1] = aot_dsp_pack_low(middle, (uint32_t)w[2] << record->shift);
    }
}

/* `rows` output rows of the channels `first` .. 3 of a group. */
AOT_INLINE void aot_dsp_depthwise_band(const aot_dsp_depthwise_layer *layer, const aot_dsp_depthwise_channel *records,
                                       const aot_uint32 *lanes, int8_t *output, int32_t rows, int32_t first,
                                       aot_dsp_depthwise_function *multiply) {
    aot_dsp_depthwise_plane plane;
    plane.next_lanes = 4 * 2 * AOT_DSP_GATHERED * layer->rows;
    plane.next_output = layer->output.column_step * (layer->stride == 1 ? 2 : 1);
    plane.below = layer->output.row_step;
    plane.next_rows = 2 * layer->output.row_step;
    plane.row_bytes = (layer->output.columns - 1) * layer->output.column_step;
    plane.column = layer->output.column_step;
    plane.range = layer->range;
    for (int32_t i = first; i < AOT_DSP_GATHERED; ++i) {
        plane.lanes = lanes + 2 * i;
        plane.output = output + i;
        plane.end = plane.output + ((rows + 1) >> 1) * plane.next_rows;
        plane.last_row = (rows & 1) != 0 ? plane.end - plane.next_rows : NULL;
        aot_dsp_depthwise_set_channel(&plane, records + i);
        multiply(&plane);
    }
}

/* 4 channels of an image, `first` .. 3 of them to be computed (the others are only read). */
static inline void aot_dsp_depthwise_group(const aot_dsp_depthwise_layer *layer,
                                           const aot_dsp_depthwise_channel *records, const int8_t *image,
                                           int8_t *output, aot_uint32 *scratch, int32_t first,
                                           aot_dsp_depthwise_function *multiply) {
    const int32_t row_words = 2 * AOT_DSP_GATHERED, kept = 3 - layer->stride;
    const aot_dsp_gather gather = aot_dsp_gather_of(layer);
    int32_t row = -layer->pad_rows, filled = 0;
    for (int32_t done = 0; done < layer->output.rows; done += layer->band) {
        const int32_t rows = aot_min(layer->band, layer->output.rows - done);
        const int32_t needed = layer->stride * (rows - 1) + 3;
        while (filled < needed) {
            const int32_t inside = aot_min(needed - filled, layer->input.rows - row);
            const int32_t count = row >= 0 && inside > 0 ? inside : 1;
            if (row >= 0 && inside > 0) {
                aot_dsp_gather_rows(&gather, image + row * layer->input.row_step, scratch + filled * row_words, count);
            } else {
                aot_dsp_gather_outside(&gather, layer->column_pairs, scratch + filled * row_words);
            }
            row += count;
            filled += count;
        }
        aot_dsp_depthwise_band(layer, records, scratch, output + done * layer->output.row_step, rows, first, multiply);
        if (done + layer->band < layer->output.rows) {
            aot_dsp_keep_rows(layer, kept, scratch);
            filled = kept;
        }
    }
}

static inline void aot_dsp_depthwise_conv_2d(const aot_dsp_depthwise_layer *layer, const int8_t *input, int8_t *output,
                                             aot_uint32 *scratch, aot_dsp_depthwise_function *multiply) {
    for (int32_t batch = 0; batch < layer->batches; ++batch) {
        for (int32_t c = 0; c < layer->channels; c += AOT_DSP_GATHERED) {
            const int32_t base = aot_min(c, layer->channels - AOT_DSP_GATHERED);
            aot_dsp_depthwise_group(layer, layer->records + base, input + base, output + base, scratch, c - base,
                                    multiply);
        }
        input += layer->input.rows * layer->input.columns * layer->channels;
        output += layer->output.rows * layer->output.columns * layer->channels;
    }
}

#endif
