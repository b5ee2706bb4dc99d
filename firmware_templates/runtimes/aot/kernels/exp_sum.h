/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What SOFTMAX and LOG_SOFTMAX of int8 begin with: the largest input of a row, and the sum of the row's exponentials.
 */
#ifndef AOT_EXP_SUM_H
#define AOT_EXP_SUM_H

#include "aot.h"

AOT_INLINE int32_t aot_largest(const int8_t *input, int32_t depth) {
    int32_t largest = input[0];
    for (int32_t i = 1; i < depth; ++i) {
        largest = aot_max(largest, input[i]);
    }
    return largest;
}

/* In fractions of 2^19; `exps` as in softmax.h. */
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

#endif
