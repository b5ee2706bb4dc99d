/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* RESIZE_NEAREST_NEIGHBOR and RESIZE_BILINEAR.
 *
 * Layout of both tensors: [batch][y][x][channel].  Which input rows and columns an output row or column is made of does
 * not depend on the data: tables made with the model say so. */
#ifndef AOT_RESIZE_H
#define AOT_RESIZE_H

#include "aot.h"

typedef struct {
    int32_t batches;
    int32_t input_elements; /* of one image */
    int32_t output_height;
    int32_t output_width;
    int32_t channels;
} aot_resize_layer;

/* `rows`, `columns`: the element of the input at which the row of an output, or the pixel in its row, starts. */
static inline void aot_resize_nearest(const aot_resize_layer *layer, const int32_t *rows, const int32_t *columns,
                                      const void *input, void *output, int32_t element_bytes) {
    const int32_t pixel_bytes = layer->channels * element_bytes, row_bytes = layer->output_width * pixel_bytes;
    const uint8_t *from = (const uint8_t *)input;
    uint8_t *to = (uint8_t *)output;
    for (int32_t batch = 0; batch < layer->batches; ++batch, from += layer->input_elements * element_bytes) {
        for (int32_t y = 0; y < layer->output_height; ++y, to += row_bytes) {
            if (y > 0 && rows[y] == rows[y - 1]) {
                memcpy(to, to - row_bytes, (size_t)row_bytes);
                continue;
            }
            for (int32_t x = 0; x < layer->output_width; ++x) {
                memcpy(to + x * pixel_bytes, from + (rows[y] + columns[x]) * element_bytes, (size_t)pixel_bytes);
            }
        }
    }
}

/* `rows`, `columns`: for each output three numbers: the elements of the input at which the lower and the upper
 * neighbour start, and the weight of the upper one in 1/1024.  Sums stay below 2^30: weights lie in -512 .. 1023, and
 * the two of an axis add up to 1024. */
static inline void aot_resize_bilinear_int8(const aot_resize_layer *layer, const int32_t *rows, const int32_t *columns,
                                            const int8_t *input, int8_t *output) {
    for (int32_t batch = 0; batch < layer->batches; ++batch, input += layer->input_elements) {
        for (int32_t y = 0; y < layer->output_height; ++y) {
            const int8_t *low = input + rows[3 * y], *high = input + rows[3 * y + 1];
            const int32_t below = rows[3 * y + 2], above = 1024 - below;
            for (int32_t x = 0; x < layer->output_width; ++x) {
                const int32_t left = columns[3 * x], right = columns[3 * x + 1];
                const int32_t after = columns[3 * x + 2], before = 1024 - after;
                for (int32_t c = 0; c < layer->channels; ++c) {
                    const int32_t sum = low[left + c] * above * before + high[left + c] * below * before +
                                        low[right + c] * above * after + high[right + c] * below * after;
                    *output++ =
                        (int8_t)((sum + (sum > 0 ? INT32_C(1) << 19 : -(INT32_C(1) << 19))) / (INT32_C(1) << 20));
                }
            }
        }
    }
}

/* `rows`, `columns`: two numbers for each output, without the weights, which are fractions here.  The order of the
 * operations is TensorFlow Lite Micro's: float sums depend on it. */
/* As int8; products have up to 36 bits. */
static inline void aot_resize_bilinear_int16(const aot_resize_layer *layer, const int32_t *rows, const int32_t *columns,
                                             const aot_int16 *input, aot_int16 *output) {
    for (int32_t batch = 0; batch < layer->batches; ++batch, input += layer->input_elements) {
        for (int32_t y = 0; y < layer->output_height; ++y) {
            const aot_int16 *low = input + rows[3 * y], *high = input + rows[3 * y + 1];
            const int32_t below = rows[3 * y + 2], above = 1024 - below;
            for (int32_t x = 0; x < layer->output_width; ++x) {
                const int32_t left = columns[3 * x], right = columns[3 * x + 1];
                const int32_t after = columns[3 * x + 2], before = 1024 - after;
                for (int32_t c = 0; c < layer->channels; ++c) {
                    const int64_t sum =
                        (int64_t)low[left + c] * (above * before) + (int64_t)high[left + c] * (below * before) +
                        (int64_t)low[right + c] * (above * after) + (int64_t)high[right + c] * (below * after);
                    *output++ =
                        (int16_t)((sum + (sum > 0 ? INT32_C(1) << 19 : -(INT32_C(1) << 19))) / (INT32_C(1) << 20));
                }
            }
        }
    }
}

static inline void aot_resize_bilinear_float32(const aot_resize_layer *layer, const int32_t *rows,
                                               const int32_t *columns, const float *row_weights,
                                               const float *column_weights, const aot_float32 *input,
                                               aot_float32 *output) {
    for (int32_t batch = 0; batch < layer->batches; ++batch, input += layer->input_elements) {
        for (int32_t y = 0; y < layer->output_height; ++y) {
            const aot_float32 *low = input + rows[2 * y], *high = input + rows[2 * y + 1];
            const float below = row_weights[y], above = 1.0f - below;
            for (int32_t x = 0; x < layer->output_width; ++x) {
                const int32_t left = columns[2 * x], right = columns[2 * x + 1];
                const float after = column_weights[x], before = 1.0f - after;
                for (int32_t c = 0; c < layer->channels; ++c) {
                    *output++ = low[left + c] * above * before + high[left + c] * below * before +
                                low[right + c] * above * after + high[right + c] * below * after + 0.0f;
                }
            }
        }
    }
}

#endif
