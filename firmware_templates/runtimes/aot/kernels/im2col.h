/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Products of a convolution on cores without DSP instructions: windows of a few pixels, assembled in an im2col buffer,
 * times all output channels; and the way from any sum of products to its output.
 *
 * im2col.  The buffer is uint8 [depth, rounded up to AOT_IM2COL_STEP][pixels]: what the windows of `pixels` output
 * pixels see, one input after the other, as input + 128.  Unsigned bytes are what every core loads with a constant
 * offset in one instruction (Armv6-M has no such load of signed ones), and side by side they need one address register.
 * Inputs outside the image are there as zero points, inputs that only fill up as 0: they take part with whatever weight
 * follows.
 *
 * Arithmetic.  sum = start + sum of weight * (input + 128), start = bias - (input zero point + 128) * sum of weights.
 *
 * Blocking.  4 pixels times `channels_at_a_time` channels: a loaded weight serves 4 products, a loaded input as many as
 * there are channels.  The compiler of the model chooses for the core's registers (target.py), instructions per product
 * without the loop:
 * - Armv6-M, 1 channel: 1 + 1 (sign of the weight) + 4 loads, 4 MUL, 4 ADD for 4 products: 3.5
 * - Armv7-M, 2 channels: 2 + 4 loads, 8 MLA for 8 products: 1.75
 * - RV32, 4 channels: 4 + 4 loads, 16 MUL, 16 ADD for 16 products: 2.5
 * Weights are in the order of use, [block of channels][input][channel of the block], so that they need one address
 * register too; channels that are left over follow one by one.
 *
 * Rounding.  TensorFlow Lite Micro rounds twice, to units of 2^-e outputs (halves up) and to outputs (halves away from
 * zero).  Here products keep AOT_IM2COL_FRACTION_BITS = 14 bits behind the output's point, one unit is 2^(t-1) of them,
 * and what is added before bits are dropped does the rounding:
 * - AOT_IM2COL_SHORT: ((sum << t) * multiplier / 2^32 + round) / 2^14, both rounded down, t = 15 - e; `round` is the
 *   output's zero point, a half of an output and a half of a unit.  Wrong at negative sums exactly between two outputs.
 * - with AOT_IM2COL_SIGNED: one unit less for negative sums, which is right for them, too.
 * - AOT_IM2COL_EXACT: the two roundings as they are.
 * Offline conditions (short_requantization.py): sum << t stays within 32 bits, and the outputs equal TensorFlow Lite
 * Micro's at every step of every channel's output, which is a staircase that never falls. */
#ifndef AOT_IM2COL_H
#define AOT_IM2COL_H

#include "aot.h"

/* Inputs that the loop over products takes at a time. */
#define AOT_IM2COL_STEP 4
#define AOT_IM2COL_FRACTION_BITS 14

/* From sums to outputs: constants of the kernel class, a sum of these. */
enum {
    AOT_IM2COL_EXACT = 0,
    AOT_IM2COL_SHORT = 1,
    AOT_IM2COL_SIGNED = 2,     /* beside AOT_IM2COL_SHORT */
    AOT_IM2COL_WHOLE_RANGE = 4 /* no fused activation narrows the output: minimum is -128, maximum is 127 */
};

typedef struct {
    int32_t start;
    int32_t multiplier;
} aot_im2col_channel;

/* Where sums start and how they end, for a layer. */
typedef struct {
    const aot_im2col_channel *channels;
    const int8_t *shifts; /* [channel]: t, or (AOT_IM2COL_EXACT) the exponent of TensorFlow Lite Micro */
    aot_output output;
} aot_im2col_requantization;

/* The same for a channel at hand. */
typedef struct {
    int32_t multiplier, shift;
    int32_t round; /* AOT_IM2COL_EXACT: the output's zero point */
    int32_t unit;  /* of the first rounding; AOT_IM2COL_SIGNED only */
    aot_range range;
} aot_im2col_end;

/* a * b / 2^32, rounded down. */
AOT_INLINE int32_t aot_high_mul(int32_t a, int32_t b) {
#if defined(__ARM_ARCH_6M__)
    /* There is no multiplication with a result of 64 bits: four products of halves instead of a call. */
    const uint32_t a_low = (uint32_t)a & 0xFFFFu, b_low = (uint32_t)b & 0xFFFFu;
    const int32_t a_high = a >> 16, b_high = b >> 16;
    const int32_t middle = a_high * (int32_t)b_low + (int32_t)(a_low * b_low >> 16);
    const int32_t other = (int32_t)a_low * b_high + (int32_t)((uint32_t)middle & 0xFFFFu);
    return a_high * b_high + (middle >> 16) + (other >> 16);
#else
    return (int32_t)((int64_t)a * b >> 32);
#endif
}

/* How the sums of `channel` end; `kind` is a constant of the kernel class. */
AOT_INLINE aot_im2col_end aot_im2col_end_of(const aot_im2col_requantization *requantize, int32_t channel, int kind) {
    aot_im2col_end end;
    end.multiplier = requantize->channels[channel].multiplier;
    end.shift = requantize->shifts[channel];
    end.round = requantize->output.zero_point;
    end.unit = (kind & AOT_IM2COL_SIGNED) ? INT32_C(1) << (end.shift - 1) : 0;
    if ((kind & AOT_IM2COL_SHORT) != 0) {
        /* A half of an output, and the half of TensorFlow Lite Micro's first rounding where it is as much as 1 here. */
        end.round = end.round * (INT32_C(1) << AOT_IM2COL_FRACTION_BITS) +
                    (INT32_C(1) << (AOT_IM2COL_FRACTION_BITS - 1)) + (int32_t)((UINT32_C(1) << end.shift) >> 2);
    }
    end.range = requantize->output.range;
    return end;
}

AOT_INLINE int8_t aot_im2col_output(const aot_im2col_end *end, uint32_t sum, int kind) {
    if (!(kind & AOT_IM2COL_SHORT)) {
        const aot_output output = {end->round, end->range};
        return (int8_t)aot_output_of(aot_requantize((int32_t)sum, end->multiplier, end->shift), &output);
    }
    int32_t value = aot_high_mul((int32_t)(sum << end->shift), end->multiplier) + end->round;
    if ((kind & AOT_IM2COL_SIGNED) != 0) {
        value -= ((int32_t)sum >> 31) & end->unit;
    }
    if (!(kind & AOT_IM2COL_WHOLE_RANGE)) {
        return (int8_t)aot_limit(value >> AOT_IM2COL_FRACTION_BITS, &end->range);
    }
#if defined(__ARM_FEATURE_SAT)
    int32_t result;
    __asm__("ssat %0, #8, %1, asr %2" : "=r"(result) : "r"(value), "I"(AOT_IM2COL_FRACTION_BITS));
    return (int8_t)result;
#else
    return aot_saturate(value >> AOT_IM2COL_FRACTION_BITS);
#endif
}

/* The outputs of `count` (a constant) sums, `step` bytes apart. */
AOT_INLINE void aot_im2col_outputs(const aot_im2col_end *end, const uint32_t *sums, int32_t count, int8_t *output,
                                   int32_t step, int kind) {
    if ((kind & AOT_IM2COL_SHORT) != 0) {
        AOT_UNROLL
        for (int32_t i = 0; i < count; ++i) {
            *output = aot_im2col_output(end, sums[i], kind);
            output += step;
        }
    } else {
        for (int32_t i = 0; i < count; ++i) { /* rare: small rather than fast */
            *output = aot_im2col_output(end, sums[i], kind);
            output += step;
        }
    }
}

typedef struct {
    const int8_t *weights; /* as above, and bytes behind them that are read but do not count */
    int32_t depth;
    int32_t output_channels;
    aot_im2col_requantization requantize;
} aot_im2col_layer;

/* Bytes of a pixel in an im2col buffer. */
AOT_INLINE int32_t aot_im2col_depth(int32_t depth) {
    return (depth + AOT_IM2COL_STEP - 1) & -AOT_IM2COL_STEP;
}

/* `channels` output channels from `first` on of the pixels of an im2col buffer; `w`: their weights.  Constants as
 * below. */
AOT_INLINE void aot_im2col_block(const aot_im2col_layer *layer, const uint8_t *im2col, const int8_t *w, int32_t first,
                                 int8_t *output, int32_t pixels, int32_t channels, int kind) {
    const uint8_t *const end = im2col + pixels * aot_im2col_depth(layer->depth);
    uint32_t sums[4][4];
    AOT_UNROLL
    for (int32_t c = 0; c < channels; ++c) {
        AOT_UNROLL
        for (int32_t p = 0; p < pixels; ++p) {
            sums[c][p] = (uint32_t)layer->requantize.channels[first + c].start;
        }
    }
    for (const uint8_t *x = im2col; x != end; x += AOT_IM2COL_STEP * pixels, w += AOT_IM2COL_STEP * channels) {
        AOT_UNROLL
        for (int32_t k = 0; k < AOT_IM2COL_STEP; ++k) {
            const int8_t *const v = w + k * channels;
            const int32_t v0 = v[0], v1 = channels > 1 ? v[1] : 0;
            const int32_t v2 = channels > 2 ? v[2] : 0, v3 = channels > 2 ? v[3] : 0;
            AOT_UNROLL
            for (int32_t p = 0; p < pixels; ++p) {
                const int32_t value = x[k * pixels + p];
                /* Kept: GCC would add up products of several inputs first, in registers that there are not. */
                sums[0][p] += (uint32_t)(value * v0);
                AOT_KEEP_IN_REGISTER(sums[0][p]);
                if (channels > 1) {
                    sums[1][p] += (uint32_t)(value * v1);
                    AOT_KEEP_IN_REGISTER(sums[1][p]);
                }
                if (channels > 2) {
                    sums[2][p] += (uint32_t)(value * v2);
                    AOT_KEEP_IN_REGISTER(sums[2][p]);
                    sums[3][p] += (uint32_t)(value * v3);
                    AOT_KEEP_IN_REGISTER(sums[3][p]);
                }
            }
        }
    }
    AOT_UNROLL
    for (int32_t c = 0; c < channels; ++c) {
        const aot_im2col_end ends = aot_im2col_end_of(&layer->requantize, first + c, kind);
        aot_im2col_outputs(&ends, sums[c], pixels, output + first + c, layer->output_channels, kind);
    }
}

/* All channels of the pixels of an im2col buffer; `output`: [pixel][channel].  Constants of the kernel class: `pixels`
 * 4 or 1, `at_a_time` 1, 2 or 4 channels; `kind`: see aot_im2col_output; `rest`: the channels are no multiple of
 * `at_a_time`.
 */
AOT_INLINE void aot_im2col_multiply(const aot_im2col_layer *layer, const uint8_t *im2col, int8_t *output,
                                    int32_t pixels, int32_t at_a_time, int kind, int rest) {
    const int32_t depth = layer->depth, channels = layer->output_channels;
    const int8_t *w = layer->weights;
    int32_t c = 0;
    for (; c <= channels - at_a_time; c += at_a_time, w += at_a_time * depth) {
        aot_im2col_block(layer, im2col, w, c, output, pixels, at_a_time, kind);
    }
    if (rest != 0) {
        for (; c < channels; ++c, w += depth) {
            aot_im2col_block(layer, im2col, w, c, output, pixels, 1, kind);
        }
    }
}

/* Inputs from the image into an im2col buffer, `pixels` (a constant) bytes apart; returns where the next one goes. */
AOT_INLINE uint8_t *aot_im2col_copy(const int8_t *from, int32_t count, uint8_t *to, int32_t pixels) {
    for (; count >= 4; count -= 4, from += 4, to += 4 * pixels) {
        const uint8_t *bytes = (const uint8_t *)from;
        const uint8_t x0 = bytes[0] ^ 0x80u, x1 = bytes[1] ^ 0x80u, x2 = bytes[2] ^ 0x80u, x3 = bytes[3] ^ 0x80u;
        to[0] = x0;
        to[pixels] = x1;
        to[2 * pixels] = x2;
        to[3 * pixels] = x3;
    }
    for (; count > 0; --count, to += pixels) {
        *to = (uint8_t)(*from++ ^ 0x80);
    }
    return to;
}

/* `value` instead of inputs. */
AOT_INLINE uint8_t *aot_im2col_fill(uint8_t value, int32_t count, uint8_t *to, int32_t pixels) {
    for (; count > 0; --count, to += pixels) {
        *to = value;
    }
    return to;
}

#endif
