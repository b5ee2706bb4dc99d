/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* BATCH_MATMUL, int8, int16 and float32: products of matrices, with batches that broadcast.
 *
 * output [row][column] = clamp(rescale(sum over depth of (a - zero point) * (b - zero point))).  Matrices may be stored
 * transposed: the record holds the elements from one index to the next. */
#ifndef AOT_BATCH_MATMUL_H
#define AOT_BATCH_MATMUL_H

#include "aot.h"
#include "wide.h"

typedef struct {
    int32_t batches[3]; /* sizes of the loops over matrices, outermost first */
    int32_t a_batch[3]; /* elements of `a` from one matrix to the next, 0 where it is repeated */
    int32_t b_batch[3];
    int32_t rows;
    int32_t depth;
    int32_t columns;
    int32_t a_row;
    int32_t a_depth;
    int32_t b_column;
    int32_t b_depth;
    int32_t a_zero_point;
    int32_t b_zero_point;
    aot_factor factor;
    aot_output output;
} aot_batch_matmul_layer;

AOT_INLINE int8_t aot_matmul_int8(const aot_batch_matmul_layer *layer, const int8_t *a, const int8_t *b) {
    uint32_t sum = 0;
    for (int32_t i = layer->depth; i > 0; --i, a += layer->a_depth, b += layer->b_depth) {
        sum += (uint32_t)((*a - layer->a_zero_point) * (*b - layer->b_zero_point));
    }
    return aot_requantize_output(sum, layer->factor, &layer->output, AOT_WHOLE_RANGE);
}

AOT_INLINE int16_t aot_matmul_int16(const aot_batch_matmul_layer *layer, const aot_int16 *a, const aot_int16 *b) {
    int64_t sum = 0;
    for (int32_t i = layer->depth; i > 0; --i, a += layer->a_depth, b += layer->b_depth) {
        sum += (int32_t)*a * *b;
    }
    return aot_clamp_int16(aot_requantize_wide(sum, layer->factor.multiplier, layer->factor.shift), -32768, 32767);
}

AOT_INLINE float aot_matmul_float32(const aot_batch_matmul_layer *layer, const aot_float32 *a, const aot_float32 *b) {
    float sum = 0.0f;
    for (int32_t i = layer->depth; i > 0; --i, a += layer->a_depth, b += layer->b_depth) {
        sum += *a * *b;
    }
    return sum;
}

/* `bytes` of an element is a constant of the kernel class. */
AOT_INLINE void aot_matmul(const aot_batch_matmul_layer *layer, const void *a, const void *b, void *output, int bytes) {
    for (int32_t row = 0, result = 0; row < layer->rows; ++row) {
        for (int32_t column = 0; column < layer->columns; ++column, ++result) {
            const int32_t at_a = row * layer->a_row, at_b = column * layer->b_column;
            if (bytes == 1) {
                ((int8_t *)output)[result] = aot_matmul_int8(layer, (const int8_t *)a + at_a, (const int8_t *)b + at_b);
            } else if (bytes == 4) {
                ((aot_float32 *)output)[result] =
                    aot_matmul_float32(layer, (const aot_float32 *)a + at_a, (const aot_float32 *)b + at_b);
            } else {
                ((aot_int16 *)output)[result] =
                    aot_matmul_int16(layer, (const aot_int16 *)a + at_a, (const aot_int16 *)b + at_b);
            }
        }
    }
}

AOT_INLINE void aot_batch_matmul(const aot_batch_matmul_layer *layer, const void *a, const void *b, void *output,
                                 int bytes) {
    uint8_t *out = (uint8_t *)output;
    for (int32_t i = 0; i < layer->batches[0]; ++i) {
        for (int32_t j = 0; j < layer->batches[1]; ++j) {
            for (int32_t k = 0; k < layer->batches[2]; ++k) {
                const int32_t at_a = i * layer->a_batch[0] + j * layer->a_batch[1] + k * layer->a_batch[2];
                const int32_t at_b = i * layer->b_batch[0] + j * layer->b_batch[1] + k * layer->b_batch[2];
                aot_matmul(layer, (const uint8_t *)a + at_a * bytes, (const uint8_t *)b + at_b * bytes, out, bytes);
                out += layer->rows * layer->columns * bytes;
            }
        }
    }
}

static inline void aot_batch_matmul_int8(const aot_batch_matmul_layer *layer, const int8_t *a, const int8_t *b,
                                         int8_t *output) {
    aot_batch_matmul(layer, a, b, output, 1);
}

static inline void aot_batch_matmul_int16(const aot_batch_matmul_layer *layer, const aot_int16 *a, const aot_int16 *b,
                                          aot_int16 *output) {
    aot_batch_matmul(layer, a, b, output, 2);
}

static inline void aot_batch_matmul_float32(const aot_batch_matmul_layer *layer, const aot_float32 *a,
                                            const aot_float32 *b, aot_float32 *output) {
    aot_batch_matmul(layer, a, b, output, 4);
}

#endif
