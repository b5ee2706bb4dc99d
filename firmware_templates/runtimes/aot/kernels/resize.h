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
 * neighbour start, and the weight of the upper one in 1/1024.  int8: sums stay below 2^30, since weights lie in
 * -512 .. 1023, and the two of an axis add up to 1024; int16: products have up to 36 bits. */
#define AOT_RESIZE_BILINEAR(name, type, sum_type)                                                                      \
    static inline void name(const aot_resize_layer *layer, const int32_t *rows, const int32_t *columns,                \
                            const type *input, type *output) {                                                         \
        for (int32_t batch = 0; batch < layer->batches; ++batch, input += layer->input_elements) {                     \
            for (int32_t y = 0; y < layer->output_height; ++y) {                                                       \
                const type *low = input + rows[3 * y], *high = input + rows[3 * y + 1];                                \
                const int32_t below = rows[3 * y + 2], above = 1024 - below;                                           \
                for (int32_t x = 0; x < layer->output_width; ++x) {                                                    \
                    const int32_t left = columns[3 * x], right = columns[3 * x + 1];                                   \
                    const int32_t after = columns[3 * x + 2], before = 1024 - after;                                   \
                    for (int32_t c = 0; c < layer->channels; ++c) {                                                    \
                        const sum_type sum =                                                                           \
                            (sum_type)low[left + c] * (above * before) + (sum_type)high[left + c] * (below * before) + \
                            (sum_type)low[right + c] * (above * after) + (sum_type)high[right + c] * (below * after);  \
                        const int32_t half = sum > 0 ? INT32_C(1) << 19 : -(INT32_C(1) << 19);                         \
                        *output++ = (type)((sum + half) / (INT32_C(1) << 20));                                         \
                    }                                                                                                  \
                }                                                                                                      \
            }                                                                                                          \
        }                                                                                                              \
    }

AOT_RESIZE_BILINEAR(aot_resize_bilinear_int8, int8_t, int32_t)
AOT_RESIZE_BILINEAR(aot_resize_bilinear_int16, aot_int16, int64_t)

#undef AOT_RESIZE_BILINEAR

/* `rows`, `columns`: two numbers for each output, without the weights, which are fractions here.  The order of the
 * operations is TensorFlow Lite Micro's: float sums depend on it. */
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
