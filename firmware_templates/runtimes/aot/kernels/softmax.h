/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* SOFTMAX over the last dimension, int8 to int8 (output scale 1/256, zero point -128) or to int16 (1/65536, -32768).
 *
 * exp() is a table made with the model: exps[d] = exp(-d * scale * beta) in fractions of 2^31, d = largest input of the
 * row minus this input; beyond the table it is zero.  The division is done in fixed point once a row. */
#ifndef AOT_SOFTMAX_H
#define AOT_SOFTMAX_H

#include "exp_sum.h"
#include "reciprocal.h"

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

/* `input` and `output`: [rows][depth]; `exps`: [exp_count], exp_count <= 256; depth < 4096 keeps the sum in 32 bits.
 * May work in place. */
static inline void aot_softmax(const int8_t *input, int8_t *output, int32_t rows, int32_t depth, const int32_t *exps,
                               int32_t exp_count) {
    for (int32_t row = 0; row < rows; ++row, input += depth, output += depth) {
        const int32_t largest = aot_largest(input, depth);
        const aot_softmax_scale scale = aot_softmax_row(input, depth, largest, exps, exp_count);
        for (int32_t i = 0; i < depth; ++i) {
            const int32_t result =
                aot_softmax_output(largest - input[i], exps, exp_count, scale.reciprocal, scale.exponent - 8);
            output[i] = aot_clamp(result - 128, -128, 127);
        }
    }
}

/* The same to int16. */
static inline void aot_softmax_to_int16(const int8_t *input, aot_int16 *output, int32_t rows, int32_t depth,
                                        const int32_t *exps, int32_t exp_count) {
    for (int32_t row = 0; row < rows; ++row, input += depth, output += depth) {
        const int32_t largest = aot_largest(input, depth);
        const aot_softmax_scale scale = aot_softmax_row(input, depth, largest, exps, exp_count);
        for (int32_t i = 0; i < depth; ++i) {
            const int32_t result =
                aot_softmax_output(largest - input[i], exps, exp_count, scale.reciprocal, scale.exponent - 16);
            output[i] = aot_clamp_int16(result - 32768, -32768, 32767);
        }
    }
}

#endif
