/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* SOFTMAX over the last dimension, int16 to int16 with the output scale 1/32768.
 *
 * Both exp(x) for x in [-10, 0] and 1 / (1 + x) for x in [0, 1] are tables of 513 points made with the model, between
 * which the kernel interpolates. */
#ifndef AOT_SOFTMAX_INT16_H
#define AOT_SOFTMAX_INT16_H

#include "interpolate.h"

typedef struct {
    int32_t rows;
    int32_t depth;      /* < 65536 keeps the sum in 31 bits */
    int32_t multiplier; /* from differences of inputs to 10 / 65535 */
    int32_t shift;
} aot_softmax_int16_layer;

AOT_INLINE int32_t aot_softmax_exp_int16(const aot_softmax_int16_layer *layer, int32_t difference,
                                         const int16_t *exps) {
    const int32_t scaled = aot_requantize(difference, layer->multiplier, layer->shift);
    /* Differences are 0 or negative; a clamp before the sum keeps that from wrapping. */
    return aot_interpolate(aot_min(aot_max(scaled, -65535) + 32767, 32767), exps);
}

/* May work in place. */
static inline void aot_softmax_int16(const aot_softmax_int16_layer *layer, const aot_int16 *input, aot_int16 *output,
                                     const int16_t *exps, const int16_t *reciprocals) {
    const int32_t depth = layer->depth;
    for (int32_t row = 0; row < layer->rows; ++row, input += depth, output += depth) {
        int32_t largest = input[0];
        for (int32_t i = 1; i < depth; ++i) {
            largest = aot_max(largest, input[i]);
        }
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
