/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Layers of 16-bit activations and 8-bit weights: dot products and the way from their sums to outputs.
 *
 * TensorFlow Lite Micro sums in 64 bits and then multiplies by a factor that it cut to 16 bits, or (with biases of 32
 * bits) sums in 32 bits, which may wrap, and multiplies as for 8-bit activations. */
#ifndef AOT_WIDE_H
#define AOT_WIDE_H

#include "aot.h"

/* The class of a layer's sums, a constant of the kernel class. */
enum {
    AOT_SUMS_64 = 0,
    AOT_SUMS_FIT_32 = 1, /* the same, where no sum of products can leave 32 bits (the compiler of the model checks) */
    AOT_SUMS_WRAP_32 = 2
};

/* sum * multiplier / 2^shift, halves up; multiplier below 2^15, shift 1..46. */
AOT_INLINE int32_t aot_requantize_wide(int64_t sum, int32_t multiplier, int32_t shift) {
    const uint64_t product = (uint64_t)sum * (uint64_t)(int64_t)multiplier;
    return (int32_t)((int64_t)(product + (UINT64_C(1) << (shift - 1))) >> shift);
}

/* The bias of a channel: int64_t, or int32_t where sums wrap; 0 where there are none. */
AOT_INLINE int64_t aot_wide_bias(const void *biases, int32_t channel, int sums) {
    if (biases == 0) {
        return 0;
    }
    return sums == AOT_SUMS_WRAP_32 ? ((const aot_int32 *)biases)[channel] : ((const aot_int64 *)biases)[channel];
}

/* Sum of input * weight over `count` elements, the inputs `step` apart, added to `sum`. */
AOT_INLINE int64_t aot_wide_dot(int64_t sum, const aot_int16 *input, const int8_t *weights, int32_t count, int32_t step,
                                int sums) {
    if (sums == AOT_SUMS_64) {
        for (int32_t i = 0; i < count; ++i, input += step) {
            sum += (int32_t)*input * weights[i];
        }
        return sum;
    }
    uint32_t narrow = (uint32_t)sum;
    for (int32_t i = 0; i < count; ++i, input += step) {
        narrow += (uint32_t)((int32_t)*input * weights[i]);
    }
    return (int32_t)narrow;
}

/* From a sum of products to what the output's zero point is added to. */
AOT_INLINE int32_t aot_wide_scaled(int64_t sum, int64_t bias, int32_t multiplier, int32_t shift, int sums) {
    const int64_t total = (int64_t)((uint64_t)sum + (uint64_t)bias);
    return sums == AOT_SUMS_WRAP_32 ? aot_requantize((int32_t)(uint32_t)(uint64_t)total, multiplier, shift)
                                    : aot_requantize_wide(total, multiplier, shift);
}

/* The output of a channel, within the layer's range. */
AOT_INLINE int32_t aot_wide_output(const aot_requantization *layer, int64_t sum, int64_t bias, int32_t channel,
                                   int sums) {
    const int32_t scaled = aot_wide_scaled(sum, bias, layer->multiplier[channel], layer->shift[channel], sums);
    return aot_output_of(scaled, &layer->output);
}

#endif
