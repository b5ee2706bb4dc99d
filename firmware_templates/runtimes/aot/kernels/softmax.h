/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* SOFTMAX over the last dimension: int8 to int8 (output scale 1/256, zero point -128) or to int16 (1/65536, -32768);
 * int16 to int16 (1/32768, 0).
 *
 * int8: exp() is a table made with the model: exps[d] = exp(-d * scale * beta) in fractions of 2^31, d = largest input
 * of the row minus this input; beyond the table it is zero.  The division is done in fixed point once a row.
 *
 * int16: both exp(x) for x in [-10, 0] and 1 / (1 + x) for x in [0, 1] are tables of 513 points made with the model,
 * between which the kernel interpolates. */
#ifndef AOT_SOFTMAX_H
#define AOT_SOFTMAX_H

#include "interpolate.h"
#include "reciprocal.h"

/* The largest input of a row; `bytes` of an element is a constant. */
AOT_INLINE int32_t aot_largest(const void *input, int32_t depth, int bytes) {
    int32_t largest = aot_load(input, 0, bytes);
    for (int32_t i = 1; i < depth; ++i) {
        largest = aot_max(largest, aot_load(input, i, bytes));
    }
    return largest;
}

/* ---- int8, also of LOG_SOFTMAX ---- */

/* The sum of the row's exponentials, in fractions of 2^19. */
AOT_INLINE uint32_t aot_exp_sum(const int8_t *input, int32_t depth, int32_t largest, const int32_t *exps,
                                int32_t exp_count) {
    uint32_t sum = 0;
    for (int32_t i = 0; i < depth; ++i) {
        const int32_t difference = largest - input[i];
        if (difference < exp_count) {
            sum += (uint32_t)aot_rounding_shift(exps[difference], 12);
        }
    }
    return sum;
}

/* exp(-difference) times the reciprocal, without fraction bits. */
AOT_INLINE int32_t aot_softmax_output(int32_t difference, const int32_t *exps, int32_t exp_count, int32_t reciprocal,
                                      int32_t exponent) {
    /* An exponent above 31 means probabilities below half a step: 0. */
    if (difference >= exp_count || exponent > 31) {
        return 0;
    }
    return aot_rounding_shift(aot_doubling_high_mul(reciprocal, exps[difference]), exponent);
}

typedef struct {
    int32_t reciprocal; /* of the row's sum */
    int32_t exponent;   /* from products with it to outputs of 0 fraction bits */
} aot_softmax_scale;

AOT_INLINE aot_softmax_scale aot_softmax_row(const int8_t *input, int32_t depth, int32_t largest, const int32_t *exps,
                                             int32_t exp_count) {
    /* sum = (1 + x) * 2^(31 - leading zeros), and at least 2^19, the largest input's own exp(0). */
    const uint32_t sum = aot_exp_sum(input, depth, largest, exps, exp_count);
    const int32_t leading_zeros = aot_leading_zeros(sum);
    aot_softmax_scale scale;
    scale.reciprocal = aot_one_over_one_plus((int32_t)((sum << leading_zeros) - 0x80000000u));
    scale.exponent = 12 - leading_zeros + 31;
    return scale;
}

/* `input` and `output` (of `bytes`, a constant, an element): [rows][depth]; `exps`: [exp_count], exp_count <= 256;
 * depth < 4096 keeps the sum in 32 bits.  To int8 it may work in place. */
AOT_INLINE void aot_softmax_rows(const int8_t *input, void *output, int32_t rows, int32_t depth, const int32_t *exps,
                                 int32_t exp_count, int bytes) {
    const int32_t lowest = bytes == 1 ? -128 : -32768;
    const aot_range range = {lowest, -lowest - 1};
    for (int32_t row = 0, at = 0; row < rows; ++row, input += depth) {
        const int32_t largest = aot_largest(input, depth, 1);
        const aot_softmax_scale scale = aot_softmax_row(input, depth, largest, exps, exp_count);
        for (int32_t i = 0; i < depth; ++i, ++at) {
            const int32_t result =
                aot_softmax_output(largest - input[i], exps, exp_count, scale.reciprocal, scale.exponent - 8 * bytes);
            aot_store(output, at, aot_limit(result + lowest, &range), bytes);
        }
    }
}

static inline void aot_softmax_int8(const int8_t *input, int8_t *output, int32_t rows, int32_t depth,
                                    const int32_t *exps, int32_t exp_count) {
    aot_softmax_rows(input, output, rows, depth, exps, exp_count, 1);
}

static inline void aot_softmax_int8_to_int16(const int8_t *input, aot_int16 *output, int32_t rows, int32_t depth,
                                             const int32_t *exps, int32_t exp_count) {
    aot_softmax_rows(input, output, rows, depth, exps, exp_count, 2);
}

/* ---- int16 ---- */

typedef struct {
    int32_t rows;
    int32_t depth;     /* < 65536 keeps the sum in 31 bits */
    aot_factor factor; /* from differences of inputs to 10 / 65535 */
} aot_softmax_int16_layer;

AOT_INLINE int32_t aot_softmax_exp_int16(const aot_softmax_int16_layer *layer, int32_t difference,
                                         const int16_t *exps) {
    const int32_t scaled = aot_requantize_by(difference, layer->factor);
    /* Differences are 0 or negative; a clamp before the sum keeps that from wrapping. */
    return aot_interpolate(aot_min(aot_max(scaled, -65535) + 32767, 32767), exps);
}

/* May work in place. */
static inline void aot_softmax_int16(const aot_softmax_int16_layer *layer, const aot_int16 *input, aot_int16 *output,
                                     const int16_t *exps, const int16_t *reciprocals) {
    const int32_t depth = layer->depth;
    for (int32_t row = 0; row < layer->rows; ++row, input += depth, output += depth) {
        const int32_t largest = aot_largest(input, depth, 2);
        int32_t sum = 0;
        for (int32_t i = 0; i < depth; ++i) {
            sum += aot_softmax_exp_int16(layer, input[i] - largest, exps);
        }
        /* sum = (1 + x) * 2^(30 - headroom): x with 16 fraction bits, less a half of its range. */
        int32_t headroom = 0;
        while (((uint32_t)sum << headroom) < UINT32_C(0x40000000)) {
            ++headroom;
        }
        const int32_t normalized = (int32_t)((((uint32_t)sum << headroom) + (INT32_C(1) << 13)) >> 14);
        const int32_t x = aot_min(aot_max(normalized - (INT32_C(1) << 15) - (INT32_C(1) << 16), -32768), 32767);
        const int32_t reciprocal = aot_interpolate(x, reciprocals);
        const int32_t exponent = 30 - headroom;
        for (int32_t i = 0; i < depth; ++i) {
            const int32_t product = aot_softmax_exp_int16(layer, input[i] - largest, exps) * reciprocal;
            output[i] = aot_clamp_int16((product + (INT32_C(1) << (exponent - 1))) >> exponent, 0, 32767);
        }
    }
}

#endif
