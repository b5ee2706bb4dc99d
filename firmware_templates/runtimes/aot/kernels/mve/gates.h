/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the kernels of recurrent layers share on cores with Helium: sums of four rows of weights, their rescaling, and
 * the activations of gates, in lanes of 32 bits.  Rows of weights are filled up with zeros to a multiple of 4 units.
 *
 * Offline conditions: sums shifted to the left stay below 2^30, sums over 16-bit numbers below 2^31. */
#ifndef AOT_MVE_GATES_H
#define AOT_MVE_GATES_H

#include "../sigmoid.h"
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

/* Sums of 4 rows of `columns` weights over numbers of 16 bits. */
AOT_INLINE int32x4_t aot_mve_four_wide_rows(const aot_int16 *vector, const int8_t *weights, const int32_t *starts,
                                            int32_t columns) {
    int32_t sum0 = starts[0], sum1 = starts[1], sum2 = starts[2], sum3 = starts[3];
    const int8_t *row1 = weights + columns, *row2 = row1 + columns, *row3 = row2 + columns;
    for (int32_t left = columns; left > 0; left -= 8) {
        const int16x8_t lanes = aot_mve_load_halves(vector, left);
        sum0 = vmladavaq_s16(sum0, lanes, aot_mve_load_widened_bytes(weights, left));
        sum1 = vmladavaq_s16(sum1, lanes, aot_mve_load_widened_bytes(row1, left));
        sum2 = vmladavaq_s16(sum2, lanes, aot_mve_load_widened_bytes(row2, left));
        sum3 = vmladavaq_s16(sum3, lanes, aot_mve_load_widened_bytes(row3, left));
        vector += 8, weights += 8, row1 += 8, row2 += 8, row3 += 8;
    }
    return aot_mve_four(sum0, sum1, sum2, sum3);
}

/* The first `count` of 4 lanes, saturated to 8 bits. */
AOT_INLINE void aot_mve_store_results(int8_t *to, int32x4_t lanes, int32_t count) {
    aot_mve_store_lowest_bytes(to, vmaxq_s32(vminq_s32(lanes, vdupq_n_s32(127)), vdupq_n_s32(-128)), count);
}

/* A gate over a vector. */
typedef struct {
    const int8_t *weights; /* [unit, rounded up][column] */
    const int32_t *starts; /* [unit, rounded up] */
    aot_mve_scale scale;
} aot_mve_gate;

/* What 4 units from `unit` on get of a vector, in steps of 2^-12. */
AOT_INLINE int32x4_t aot_mve_gate_part(const aot_mve_gate *gate, const int8_t *vector, int32_t columns, int32_t unit) {
    const int32x4_t sums = aot_mve_four_rows(vector, gate->weights + unit * columns, gate->starts + unit, columns);
    return aot_mve_saturate_int16(aot_mve_scaled(sums, &gate->scale));
}

/* The same of a vector of 16-bit numbers: sums are rescaled as aot_requantize_wide does it for shifts from 17 on; the
 * record holds multiplier * 2^16 and 16 - shift. */
AOT_INLINE int32x4_t aot_mve_wide_gate_part(const aot_mve_gate *gate, const aot_int16 *vector, int32_t columns,
                                            int32_t unit) {
    const int32x4_t sums = aot_mve_four_wide_rows(vector, gate->weights + unit * columns, gate->starts + unit, columns);
    const int32x4_t high = vmulhq_s32(sums, vdupq_n_s32(gate->scale.multiplier));
    return aot_mve_saturate_int16(vrshlq_n_s32(high, gate->scale.right));
}

/* aot_sigmoid_at() less its value at 0, with the sign of the lanes, less 1 where that is negative.  `bits` is 9 for
 * magnitudes below 255 * 2^9, or 8. */
AOT_INLINE int32x4_t aot_mve_sigmoid(int32x4_t scaled, int bits) {
    const int32x4_t signs = vshrq_n_s32(scaled, 31);
    int32x4_t magnitudes = vabsq_s32(scaled);
    if (bits == 8) {
        magnitudes = vminq_s32(magnitudes, vdupq_n_s32(65535));
    }
    const uint32x4_t at = vreinterpretq_u32_s32(bits == 8 ? vshrq_n_s32(magnitudes, 8) : vshrq_n_s32(magnitudes, 9));
    const int32x4_t low = aot_mve_gather_halves(aot_centred_sigmoid, at);
    const int32x4_t high = aot_mve_gather_halves(aot_centred_sigmoid + 1, at);
    const int32x4_t fractions = vandq_s32(magnitudes, vdupq_n_s32((1 << bits) - 1));
    const int32x4_t whole = bits == 8 ? vshlq_n_s32(low, 8) : vshlq_n_s32(low, 9);
    return veorq_s32(vaddq_s32(whole, vmulq_s32(fractions, vsubq_s32(high, low))), signs);
}

/* Of arguments in steps of 2^-12, in fractions of 2^15: aot_logistic_int16. */
AOT_INLINE int32x4_t aot_mve_logistic(int32x4_t arguments) {
    const int32x4_t sigmoid = aot_mve_sigmoid(vmulq_n_s32(arguments, 3), 9);
    return vshrq_n_s32(vaddq_n_s32(sigmoid, (1 << 24) + (1 << 9)), 10);
}

/* Of scaled arguments: aot_tanh_int16. */
AOT_INLINE int32x4_t aot_mve_tanh(int32x4_t scaled) {
    return vshrq_n_s32(vaddq_n_s32(aot_mve_sigmoid(scaled, 8), 1 << 7), 8);
}

#endif
