/* SOFTMAX over the last dimension, int8 to int8 with the output scale 1/256 and zero point -128.
 *
 * exp() is a table made with the model: exps[d] = exp(-d * scale * beta) in fractions of 2^31, d = largest input of the
 * row minus this input; beyond the table it is zero.  The division is done in fixed point once a row.  May work in
 * place. */
#ifndef AOT_SOFTMAX_H
#define AOT_SOFTMAX_H

#include "aot.h"

/* 1 / (1 + x) for x in [0, 1), both in fractions of 2^31: Newton's iteration on 1 / ((1 + x) / 2), three steps from the
 * line 48/17 - 32/17 * d.  Numbers with two integer bits are in fractions of 2^29. */
static inline int32_t aot_softmax_reciprocal(int32_t x) {
    const int32_t half_denominator = (int32_t)(((int64_t)x + INT32_MAX + 1) / 2);
    int32_t y = 1515870810 + aot_doubling_high_mul(half_denominator, -1010580540);
    for (int i = 0; i < 3; ++i) {
        const int32_t error = (1 << 29) - aot_doubling_high_mul(half_denominator, y);
        /* The product has four integer bits; back to two is times 4, and cannot overflow: |error| is below 2^29 / 17.
         */
        y += aot_doubling_high_mul(y, error) * 4;
    }
    return y > (INT32_MAX >> 1) ? INT32_MAX : y * 2;
}

/* `input` and `output`: [rows][depth]; `exps`: [exp_count], exp_count <= 256; depth < 4096 keeps the sum in 32 bits. */
static inline void aot_softmax(const int8_t *input, int8_t *output, int32_t rows, int32_t depth, const int32_t *exps,
                               int32_t exp_count) {
    for (int32_t row = 0; row < rows; ++row, input += depth, output += depth) {
        int32_t largest = input[0];
        for (int32_t i = 1; i < depth; ++i) {
            largest = aot_max(largest, input[i]);
        }
        uint32_t sum = 0; /* in fractions of 2^19 */
        for (int32_t i = 0; i < depth; ++i) {
            const int32_t difference = largest - input[i];
            if (difference < exp_count) {
                sum += (uint32_t)aot_rounding_shift(exps[difference], 12);
            }
        }
        /* sum = (1 + x) * 2^(31 - leading zeros), and at least 2^19, the largest input's own exp(0). */
        int32_t leading_zeros = 0;
        while ((sum << leading_zeros) < UINT32_C(0x80000000)) {
            ++leading_zeros;
        }
        const int32_t reciprocal = aot_softmax_reciprocal((int32_t)((sum << leading_zeros) - UINT32_C(0x80000000)));
        const int32_t exponent = 12 - leading_zeros + 31 - 8;
        for (int32_t i = 0; i < depth; ++i) {
            const int32_t difference = largest - input[i];
            int32_t result = 0;
            /* An exponent above 31 means probabilities below half a step: 0. */
            if (difference < exp_count && exponent <= 31) {
                result = aot_rounding_shift(aot_doubling_high_mul(reciprocal, exps[difference]), exponent);
            }
            output[i] = aot_clamp(result - 128, -128, 127);
        }
    }
}

#endif
