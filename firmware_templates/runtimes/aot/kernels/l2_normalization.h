/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* L2_NORMALIZATION, int8: each row divided by its length; the output is in steps of 1/128 with the zero point 0. */
#ifndef AOT_L2_NORMALIZATION_H
#define AOT_L2_NORMALIZATION_H

#include "inverse_square_root.h"

/* May work in place. */
static inline void aot_l2_normalization(const int8_t *input, int8_t *output, int32_t rows, int32_t depth,
                                        int32_t zero_point) {
    for (; rows > 0; --rows, input += depth, output += depth) {
        int32_t squares = 0;
        for (int32_t i = 0; i < depth; ++i) {
            const int32_t value = input[i] - zero_point;
            squares += value * value;
        }
        int32_t shift;
        const int32_t multiplier = aot_inverse_square_root(squares, &shift);
        for (int32_t i = 0; i < depth; ++i) {
            output[i] = aot_clamp(aot_requantize(input[i] - zero_point, multiplier, shift + 7), -128, 127);
        }
    }
}

#endif
