/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* DEPTHWISE_CONV_2D of any window, stride and dilation, depth multiplier 1, int8, for cores with the DSP extension.
 *
 * (3x3 windows with stride 1 or 2 have a faster kernel, depthwise_conv_2d.h.)
 *
 * Layouts: input and output [batch][y][x][channel]; weights as below.
 *
 * Arithmetic.  4 channels at a time, two taps at a time.  A word of input holds 4 channels of one tap; SXTB16 of the
 * words of two taps and PKHBT/PKHTB put both taps of a channel side by side, and SMLAD multiplies them by the channel's
 * two weights: 8 products take 12 instructions, 6 loads and 4 extensions of weights, 2.7 instructions per product with
 * the loop.  Larger windows share the start and the end of a sum among more taps.
 *
 * Taps.  A table in `scratch` has the address of every tap of the pixel at hand.  From one pixel inside the image to
 * the next it moves by a constant; taps outside the image point to a row of zero points, which the biases account for.
 *
 * Offline conditions (depthwise_taps.py): 4 channels or more, and the way to round is exact for every channel. Channels
 * that are no multiple of 4 have their last group overlap the one before. */
#ifndef AOT_DSP_DEPTHWISE_TAPS_H
#define AOT_DSP_DEPTHWISE_TAPS_H

#include "../windows.h"
#include "matrix.h"

/* The walk over pixels, for any type of element. */
typedef struct {
    aot_windows windows;
    aot_clip inside;
    int32_t pixel_bytes; /* of the input */
    int32_t input_zero_point;
    int32_t tap_pairs;
} aot_dsp_taps_walk;

/* For each group of 4 channels `packed` holds
 *
 * - the starts of the 4 sums: bias - input zero point * sum of weights
 * - for each pair of taps two words: the weights of channels 0 1 for the first tap, 0 1 for the second; the same of
 *   channels 2 3 (an odd last tap is paired with weights of zero)
 * - m and round of each channel, shifts of all 4 (a byte each); as in matrix.h */
typedef struct {
    aot_dsp_taps_walk walk;
    const uint32_t *packed;
    int32_t channels;
    aot_range range; /* of the fused activation */
} aot_dsp_depthwise_taps_layer;

/* All channels of one pixel. */
typedef void aot_dsp_depthwise_taps_function(const aot_dsp_depthwise_taps_layer *layer, const aot_address *taps,
                                             int8_t *output);

/* Adds all taps of 4 channels, `base` bytes into the taps' pixels, to `sum`; returns where the weights end. */
AOT_INLINE const uint32_t *aot_dsp_depthwise_add_taps(const aot_address *tap, int32_t base, const uint32_t *w,
                                                      uint32_t sum[4]) {
#if AOT_DSP_ASSEMBLY
    /* In C GCC 12 keeps two of the sums on the stack: 29 instructions per round instead of 23.  The table's end is an
     * address of 0, so that no register has to hold it: 13 of 14 are taken. */
    uint32_t sum0 = sum[0], sum1 = sum[1], sum2 = sum[2], sum3 = sum[3], t0, t1, t2, t3, t4, t5;
    __asm__("ldrd %[t0], %[t1], [%[tap]], #8\n"
            "1:\n\t"
            "ldr %[t0], [%[t0], %[base]]\n\t"
            "ldr %[t1], [%[t1], %[base]]\n\t"
            "sxtb16 %[t2], %[t0]\n\t"
            "sxtb16 %[t3], %[t1]\n\t"
            "pkhbt %[t4], %[t2], %[t3], lsl #16\n\t"
            "pkhtb %[t3], %[t3], %[t2], asr #16\n\t"
            "sxtb16 %[t0], %[t0], ror #8\n\t"
            "sxtb16 %[t1], %[t1], ror #8\n\t"
            "pkhbt %[t2], %[t0], %[t1], lsl #16\n\t"
            "pkhtb %[t1], %[t1], %[t0], asr #16\n\t"
            "ldr %[t0], [%[w]], #4\n\t"
            "sxtb16 %[t5], %[t0]\n\t"
            "sxtb16 %[t0], %[t0], ror #8\n\t"
            "smlad %[sum0], %[t4], %[t5], %[sum0]\n\t"
            "smlad %[sum1], %[t2], %[t0], %[sum1]\n\t"
            "ldr %[t0], [%[w]], #4\n\t"
            "sxtb16 %[t5], %[t0]\n\t"
            "sxtb16 %[t0], %[t0], ror #8\n\t"
            "smlad %[sum2], %[t3], %[t5], %[sum2]\n\t"
            "smlad %[sum3], %[t1], %[t0], %[sum3]\n\t"
            "ldrd %[t0], %[t1], [%[tap]], #8\n\t"
            "cmp %[t0], #0\n\t"
            "bne 1b\n\t"
            : [sum0] "+r"(sum0), [sum1] "+r"(sum1), [sum2] "+r"(sum2), [sum3] "+r"(sum3), [tap] "+r"(tap), [w] "+r"(w),
              [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3), [t4] "=&r"(t4), [t5] "=&r"(t5)
            : [base] "r"(base)
            : "cc", "memory");
    sum[0] = sum0;
    sum[1] = sum1;
    sum[2] = sum2;
    sum[3] = sum3;
#else
    for (; tap[0] != 0; tap += 2, w += 2) {
        const uint32_t first = aot_dsp_load_word(tap[0] + base), second = aot_dsp_load_word(tap[1] + base);
        const uint32_t first_02 = aot_dsp_bytes_02(first), second_02 = aot_dsp_bytes_02(second);
        const uint32_t first_13 = aot_dsp_bytes_13(first), second_13 = aot_dsp_bytes_13(second);
        sum[0] = aot_dsp_mac_both(aot_dsp_pack_low(first_02, second_02), aot_dsp_bytes_02(w[0]), sum[0]);
        sum[1] = aot_dsp_mac_both(aot_dsp_pack_low(first_13, second_13), aot_dsp_bytes_13(w[0]), sum[1]);
        sum[2] = aot_dsp_mac_both(aot_dsp_pack_high(first_02, second_02), aot_dsp_bytes_02(w[1]), sum[2]);
        sum[3] = aot_dsp_mac_both(aot_dsp_pack_high(first_13, second_13), aot_dsp_bytes_13(w[1]), sum[3]);
    }
#endif
    return w;
}

/* The same constants again and again are better read than kept. */
AOT_INLINE int8_t aot_dsp_taps_requantize(const aot_dsp_depthwise_taps_layer *layer, uint32_t sum, const uint32_t *w,
                                          uint32_t shift, int requantize) {
    return aot_dsp_requantize(&layer->range, sum, (int32_t)w[0], (int32_t)w[1], (int32_t)shift, requantize);
}

AOT_INLINE void aot_dsp_depthwise_pixel(const aot_dsp_depthwise_taps_layer *layer, const aot_address *taps,
                                        int8_t *output, int requantize) {
    const uint32_t *w = layer->packed;
    for (int32_t c = 0; c < layer->channels; c += 4) {
        const int32_t base = aot_min(c, layer->channels - 4);
        uint32_t sum[4] = {w[0], w[1], w[2], w[3]};
        w = aot_dsp_depthwise_add_taps(taps, base, w + 4, sum);
        const uint32_t shifts = w[8];
        int8_t *to = output + base;
        to[0] = aot_dsp_taps_requantize(layer, sum[0], w, shifts & 0xFFu, requantize);
        to[1] = aot_dsp_taps_requantize(layer, sum[1], w + 2, shifts >> 8 & 0xFFu, requantize);
        to[2] = aot_dsp_taps_requantize(layer, sum[2], w + 4, shifts >> 16 & 0xFFu, requantize);
        to[3] = aot_dsp_taps_requantize(layer, sum[3], w + 6, shifts >> 24, requantize);
        w += 9;
    }
}

#define AOT_DSP_DEPTHWISE_TAPS(name, requantize)                                                                       \
    __attribute__((unused)) static void name(const aot_dsp_depthwise_taps_layer *layer, const aot_address *taps,       \
                                             int8_t *output) {                                                         \
        aot_dsp_depthwise_pixel(layer, taps, output, requantize);                                                      \
    }

AOT_DSP_DEPTHWISE_TAPS(aot_dsp_depthwise_taps_one_sided, AOT_DSP_ONE_SIDED)
AOT_DSP_DEPTHWISE_TAPS(aot_dsp_depthwise_taps_one_sided_wide, AOT_DSP_ONE_SIDED_WIDE)
AOT_DSP_DEPTHWISE_TAPS(aot_dsp_depthwise_taps_two_sided, AOT_DSP_TWO_SIDED)
AOT_DSP_DEPTHWISE_TAPS(aot_dsp_depthwise_taps_clamped, AOT_DSP_CLAMPED)

/* The table for the window whose first element is at (y, x). */
static inline void aot_dsp_find_taps(const aot_dsp_taps_walk *walk, const int8_t *image, const int8_t *outside,
                                     int32_t y, int32_t x, aot_address *tap) {
    const int32_t step = walk->windows.dilation_x * walk->pixel_bytes;
    for (int32_t ky = walk->windows.kernel_height; ky > 0; --ky, y += walk->windows.dilation_y) {
        const int row_inside = y >= 0 && y < walk->windows.input_height;
        const int8_t *row = image + (row_inside ? y * walk->windows.input_width * walk->pixel_bytes : 0);
        int32_t column = x, at = x * walk->pixel_bytes;
        for (int32_t kx = walk->windows.kernel_width; kx > 0; --kx, column += walk->windows.dilation_x, at += step) {
            *tap++ = row_inside && column >= 0 && column < walk->windows.input_width ? row + at : outside;
        }
    }
}

/* Starts a layer: `scratch` holds a row of zero points (`outside`, a multiple of 8 bytes), then the table and an
 * address of 0. */
static inline aot_address *aot_dsp_start_taps(const aot_dsp_taps_walk *walk, uint8_t *scratch) {
    aot_address *taps = (aot_address *)(void *)(scratch + ((walk->pixel_bytes + 7) & ~7));
    memset(scratch, walk->input_zero_point, (size_t)walk->pixel_bytes);
    taps[2 * walk->tap_pairs - 1] = (const int8_t *)scratch; /* an odd last tap's partner */
    taps[2 * walk->tap_pairs] = 0;
    return taps;
}

/* Brings the table to output pixel (y, x), from the one before it. */
AOT_INLINE void aot_dsp_move_taps(const aot_dsp_taps_walk *walk, const int8_t *image, const int8_t *outside, int32_t y,
                                  int32_t x, aot_address *taps) {
    if (y >= walk->inside.top && y < walk->inside.bottom && x > walk->inside.left && x < walk->inside.right) {
        const int32_t move = walk->windows.stride_x * walk->pixel_bytes;
        for (int32_t left = walk->windows.kernel_height * walk->windows.kernel_width; left > 0; --left, ++taps) {
            *taps += move;
        }
    } else {
        aot_dsp_find_taps(walk, image, outside, y * walk->windows.stride_y - walk->windows.pad_top,
                          x * walk->windows.stride_x - walk->windows.pad_left, taps);
    }
}

static inline void aot_dsp_depthwise_taps(const aot_dsp_depthwise_taps_layer *layer, const int8_t *input,
                                          int8_t *output, uint8_t *scratch, aot_dsp_depthwise_taps_function *multiply) {
    const aot_dsp_taps_walk *walk = &layer->walk;
    aot_address *taps = aot_dsp_start_taps(walk, scratch);
    for (int32_t batch = 0; batch < walk->windows.batches; ++batch) {
        for (int32_t y = 0; y < walk->windows.output_height; ++y) {
            for (int32_t x = 0; x < walk->windows.output_width; ++x, output += layer->channels) {
                aot_dsp_move_taps(walk, input, (const int8_t *)scratch, y, x, taps);
                multiply(layer, taps, output);
            }
        }
        input += walk->windows.input_height * walk->windows.input_width * walk->pixel_bytes;
    }
}

#endif
