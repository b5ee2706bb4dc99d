/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* LOG_SOFTMAX over the last dimension, int8 to int8 with the output scale 16/256 and zero point 127:
 * output = x - largest - log(sum of exp(x - largest)), in fixed point. */
#ifndef AOT_LOG_SOFTMAX_H
#define AOT_LOG_SOFTMAX_H

#include "softmax.h"

typedef struct {
    int32_t rows;
    int32_t depth;
    aot_factor factor;  /* from differences of inputs to fractions of 2^26 */
    aot_factor reverse; /* and back */
    int32_t exp_count;
} aot_log_softmax_layer;

/* log(x) of x >= 1 in fractions of 2^19, as fractions of 2^26.
 *
 * x = z * 2^power, in two ways a factor of sqrt(2) apart, of which the one with the smaller z is taken.  log(z) is then
 * a quotient of polynomials in the distance of z from the middle of its range; the numbers are those of
 * log_x_for_x_greater_than_or_equal_to_1_impl in tensorflow/lite/kernels/internal/common.h. */
static inline int32_t aot_log(int32_t x) {
    const int32_t root_of_half = 1518500250;
    const int32_t zeros = aot_leading_zeros((uint32_t)x);
    const int32_t first =
        aot_saturating_shift_left(aot_doubling_high_mul(x * (INT32_C(1) << (zeros - 1)), root_of_half), 1);
    const int32_t first_power = (12 - zeros) * (INT32_C(1) << 25) + (INT32_C(1) << 23);
    const int32_t reduced = aot_doubling_high_mul(x, root_of_half);
    const int32_t reduced_zeros = aot_leading_zeros((uint32_t)reduced) - 1;
    const int32_t second = aot_saturating_shift_left(x, reduced_zeros);
    const int32_t second_power = (12 - reduced_zeros) * (INT32_C(1) << 25) - (INT32_C(1) << 23);
    const int32_t z = aot_min(first, second);
    const int32_t power = aot_max(first_power, second_power);
    const int32_t middle = 1805811301; /* (1 + sqrt(1/2)) / 2, near enough */
    const int32_t p = (int32_t)(((int64_t)z + middle + 1) / 2);
    const int32_t q = (z - middle) * 2;
    const int32_t square = aot_doubling_high_mul(q, q);
    const int32_t numerator =
        aot_doubling_high_mul(q, z) + aot_doubling_high_mul(aot_doubling_high_mul(q, square), 117049297);
    const int32_t denominator = aot_doubling_high_mul(p, 1057819769 + q + aot_doubling_high_mul(127690142, square)) +
                                aot_doubling_high_mul(638450708, q);
    const int32_t quotient =
        aot_doubling_high_mul(aot_rounding_shift(numerator, 6), aot_one_over_one_plus(denominator));
    return aot_saturating_shift_left(aot_doubling_high_mul(power, 1488522236) + quotient, 1);
}

/* `exps` as in softmax.h.  May work in place. */
static inline void aot_log_softmax(const aot_log_softmax_layer *layer, const int8_t *input, int8_t *output,
                                   const int32_t *exps) {
    const int32_t depth = layer->depth;
    for (int32_t row = 0; row < layer->rows; ++row, input += depth, output += depth) {
        const int32_t largest = aot_largest(input, depth, 1);
        const int32_t log = aot_log((int32_t)aot_exp_sum(input, depth, largest, exps, layer->exp_count));
        /* Below this, differences would leave 32 bits. */
        const int32_t limit = aot_requantize_by((int32_t)((uint32_t)log + UINT32_C(0x80000000)), layer->reverse);
        const int32_t lowest = aot_max(-layer->exp_count, limit);
        for (int32_t i = 0; i < depth; ++i) {
            const int32_t difference = input[i] - largest;
            int32_t result = -128;
            if (difference > lowest) {
                const int32_t scaled = aot_requantize_by(difference, layer->factor);
                result = aot_min(
                    aot_max(aot_rounding_shift((int32_t)((uint32_t)scaled - (uint32_t)log), 22) + 127, -128), 127);
            }
            output[i] = (int8_t)result;
        }
    }
}

#endif
