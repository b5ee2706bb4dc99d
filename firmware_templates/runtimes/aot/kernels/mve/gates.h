/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the kernels of recurrent layers share on cores with Helium: sums of four rows of weights, and their rescaling.
 *
 * Offline condition: sums shifted to the left stay below 2^30. */
#ifndef AOT_MVE_GATES_H
#define AOT_MVE_GATES_H

#include "accesses.h"

/* sum * multiplier / 2^31 * 2^shift as aot_requantize gives it. */
typedef struct {
    int32_t left;
    int32_t multiplier;
    int32_t sign;  /* -1 where there is a shift to the right: halves go away from zero */
    int32_t right; /* 0 or below */
} aot_mve_scale;

AOT_INLINE int32x4_t aot_mve_scaled(int32x4_t sums, const aot_mve_scale *scale) {
    const int32x4_t high = vqrdmulhq_n_s32(vshlq_r_s32(sums, scale->left), scale->multiplier);
    const int32x4_t signs = vandq_s32(vshrq_n_s32(sums, 31), vdupq_n_s32(scale->sign));
    return vrshlq_n_s32(vaddq_s32(high, signs), scale->right);
}

/* Lanes within 16 bits. */
AOT_INLINE int32x4_t aot_mve_saturate_int16(int32x4_t lanes) {
    return vmovlbq_s16(aot_mve_halve_32(lanes));
}

/* Sums of 4 rows of `columns` weights. */
AOT_INLINE int32x4_t aot_mve_four_rows(const int8_t *vector, const int8_t *weights, const int32_t *starts,
                                       int32_t columns) {
    int32_t sum0 = starts[0], sum1 = starts[1], sum2 = starts[2], sum3 = starts[3];
    const int8_t *row1 = weights + columns, *row2 = row1 + columns, *row3 = row2 + columns;
    int32_t left = columns;
    for (; left >= 16; left -= 16) {
        const int8x16_t lanes = vldrbq_s8(vector);
        sum0 = vmladavaq_s8(sum0, lanes, vldrbq_s8(weights));
        sum1 = vmladavaq_s8(sum1, lanes, vldrbq_s8(row1));
        sum2 = vmladavaq_s8(sum2, lanes, vldrbq_s8(row2));
        sum3 = vmladavaq_s8(sum3, lanes, vldrbq_s8(row3));
        vector += 16, weights += 16, row1 += 16, row2 += 16, row3 += 16;
    }
    if (left > 0) {
        const int8x16_t lanes = aot_mve_load_bytes(vector, left);
        sum0 = vmladavaq_s8(sum0, lanes, aot_mve_load_bytes(weights, left));
        sum1 = vmladavaq_s8(sum1, lanes, aot_mve_load_bytes(row1, left));
        sum2 = vmladavaq_s8(sum2, lanes, aot_mve_load_bytes(row2, left));
        sum3 = vmladavaq_s8(sum3, lanes, aot_mve_load_bytes(row3, left));
    }
    return aot_mve_four(sum0, sum1, sum2, sum3);
}

#endif
