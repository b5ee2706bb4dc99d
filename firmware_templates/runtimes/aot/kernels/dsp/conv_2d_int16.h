/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* CONV_2D and FULLY_CONNECTED, 16-bit activations and 8-bit weights, for cores with the DSP extension.
 *
 * Layouts: input and output [batch][y][x][channel]; weights as below.  A fully connected layer is a convolution of 1x1
 * images.
 *
 * Arithmetic.  Activations are lanes already: SMLAD multiplies two of them by two weights.  A weight word has two
 * inputs' weights of two output channels in bytes 0 2 and 1 3, so that SXTB16 of it and of it rotated by 8 are the
 * factors. TensorFlow Lite Micro sums in 64 bits; layers are taken here only if no sum can leave 32.
 *
 * Blocking.  3 pixels x 2 channels: 6 sums, 3 pixel words, 1 weight word and its extension: 11 instructions
 * for 12 products.
 *
 * Rounding.  The factor from sums to outputs is m / 2^right, m of 16 bits, halves up.  With M = m << (32 - right) that
 * is SMMULR(sum, M), one instruction.
 *
 * Offline conditions (matrix_int16.py; else the portable kernel): no sum beyond 32 bits; 17 <= right <= 31 (or m = 0).
 */
#ifndef AOT_DSP_CONV_2D_INT16_H
#define AOT_DSP_CONV_2D_INT16_H

#include "../windows.h"
#include "expand.h"

/* For each pair of channels `packed` holds the two starts of sums (biases), a word of weights for each two inputs, and
 * the two M.  An odd last channel is computed twice. */
typedef struct {
    aot_windows windows;
    aot_clip inside;
    const uint32_t *packed;
    int32_t words;   /* of a window: half its inputs, rounded up */
    aot_range range; /* of the fused activation */
} aot_dsp_conv_2d_int16_layer;

/* Two lanes from any even address. */
AOT_INLINE uint32_t aot_dsp_load_lanes(const aot_int16 *from) {
    return ((const aot_dsp_unaligned_word *)(const void *)from)->word;
}

/* `count` inputs become lanes `at`, at + 1, ... of a pixel, whose words are 3 words apart. */
AOT_INLINE void aot_dsp_lay_lanes(const aot_int16 *from, int32_t count, int32_t at, aot_dsp_lane *to) {
    to += (at >> 1) * 2 * AOT_DSP_MATRIX_PIXELS;
    if (at & 1 && count > 0) {
        to[1] = *from++;
        to += 2 * AOT_DSP_MATRIX_PIXELS;
        --count;
    }
    aot_uint32 *word = (aot_uint32 *)(void *)to;
    for (; count >= 4; count -= 4, from += 4, word += 2 * AOT_DSP_MATRIX_PIXELS) {
        const uint32_t first = aot_dsp_load_lanes(from), second = aot_dsp_load_lanes(from + 2);
        word[0] = first;
        word[AOT_DSP_MATRIX_PIXELS] = second;
    }
    if (count & 2) {
        *word = aot_dsp_load_lanes(from);
        word += AOT_DSP_MATRIX_PIXELS;
        from += 2;
    }
    if (count & 1) {
        *(aot_dsp_lane *)(void *)word = *from;
    }
}

/* The window whose first element is at (y, x) as lanes; 0 outside the image. */
static inline void aot_dsp_window_lanes(const aot_dsp_conv_2d_int16_layer *layer, const aot_int16 *image, int32_t y,
                                        int32_t x, int inside, aot_dsp_lane *to) {
    const int32_t channels = layer->windows.input_channels, run = layer->windows.kernel_width * channels;
    if (!inside) {
        aot_uint32 *word = (aot_uint32 *)(void *)to;
        for (int32_t left = layer->words; left > 0; --left, word += AOT_DSP_MATRIX_PIXELS) {
            *word = 0;
        }
    }
    /* Without dilation a row is one run, cut at the image's sides; else each tap is a run. */
    const int32_t taps = layer->windows.dilation_x == 1 ? 1 : layer->windows.kernel_width;
    const int32_t width = layer->windows.dilation_x == 1 ? layer->windows.kernel_width : 1;
    for (int32_t ky = 0, at = 0; ky < layer->windows.kernel_height; ++ky, y += layer->windows.dilation_y, at += run) {
        if (!inside && (y < 0 || y >= layer->windows.input_height)) {
            continue;
        }
        const aot_int16 *row = image + y * layer->windows.input_width * channels;
        int32_t column = x;
        for (int32_t tap = 0; tap < taps; ++tap, column += layer->windows.dilation_x) {
            const int32_t begin = inside ? column : aot_max(column, 0);
            const int32_t end = inside ? column + width : aot_min(column + width, layer->windows.input_width);
            if (end > begin) {
                aot_dsp_lay_lanes(row + begin * channels, (end - begin) * channels,
                                  at + (tap + begin - column) * channels, to);
            }
        }
    }
}

/* The products of a pair of channels: low and high sums of 3 pixels; returns where the weights end. */
AOT_INLINE const uint32_t *aot_dsp_multiply_int16(const aot_uint32 *x, const uint32_t *w, int32_t words,
                                                  uint32_t low[3], uint32_t high[3]) {
/* Unoptimised code has no registers to spare; with -Os GCC wants low ones for most operands, and has not enough. */
#if AOT_DSP_ASSEMBLY && defined(__OPTIMIZE__) && !defined(__OPTIMIZE_SIZE__)
    uint32_t low0 = low[0], low1 = low[1], low2 = low[2], high0 = high[0], high1 = high[1], high2 = high[2];
    uint32_t weights, extended, first, second;
    /* In C GCC keeps sums on the stack.  13 registers, so that one of the 14 is left: the compiler may need it for its
     * frame, and refuses assembly that takes all of them. */
    __asm__("1:\n\t"
            "ldr %[weights], [%[w]], #4\n\t"
            "ldrd %[first], %[second], [%[x]], #8\n\t"
            "sxtb16 %[extended], %[weights]\n\t"
            "sxtb16 %[weights], %[weights], ror #8\n\t"
            "smlad %[low0], %[first], %[extended], %[low0]\n\t"
            "smlad %[high0], %[first], %[weights], %[high0]\n\t"
            "ldr %[first], [%[x]], #4\n\t"
            "smlad %[low1], %[second], %[extended], %[low1]\n\t"
            "smlad %[high1], %[second], %[weights], %[high1]\n\t"
            "smlad %[low2], %[first], %[extended], %[low2]\n\t"
            "smlad %[high2], %[first], %[weights], %[high2]\n\t"
            "subs %[words], #1\n\t"
            "bne 1b"
            : [low0] "+r"(low0), [low1] "+r"(low1), [low2] "+r"(low2), [high0] "+r"(high0), [high1] "+r"(high1),
              [high2] "+r"(high2), [x] "+r"(x), [w] "+r"(w), [words] "+r"(words), [weights] "=&r"(weights),
              [extended] "=&r"(extended), [first] "=&r"(first), [second] "=&r"(second)
            :
            : "cc", "memory");
    low[0] = low0;
    low[1] = low1;
    low[2] = low2;
    high[0] = high0;
    high[1] = high1;
    high[2] = high2;
#else
    for (; words > 0; --words, ++w, x += AOT_DSP_MATRIX_PIXELS) {
        for (int32_t pixel = 0; pixel < AOT_DSP_MATRIX_PIXELS; ++pixel) {
            low[pixel] = aot_dsp_mac_both(x[pixel], aot_dsp_bytes_02(*w), low[pixel]);
            high[pixel] = aot_dsp_mac_both(x[pixel], aot_dsp_bytes_13(*w), high[pixel]);
        }
    }
#endif
    return w;
}

AOT_INLINE aot_int16 aot_dsp_requantize_int16(const aot_dsp_conv_2d_int16_layer *layer, uint32_t sum, uint32_t factor,
                                              int clamped) {
    const int32_t value = aot_dsp_mac_upper_rounded((int32_t)sum, (int32_t)factor, 0);
    return (aot_int16)(clamped ? aot_limit(value, &layer->range) : AOT_DSP_SATURATE_INT16(value));
}

/* All channels of the pixels whose windows are in `lanes`; their outputs are at out, out + second and out + third. */
AOT_INLINE void aot_dsp_pixels_int16(const aot_dsp_conv_2d_int16_layer *layer, const aot_uint32 *lanes, aot_int16 *out,
                                     int32_t second, int32_t third, int clamped) {
    const uint32_t *w = layer->packed;
    for (int32_t left = layer->windows.output_channels; left > 0; left -= 2, out += 2) {
        uint32_t low[AOT_DSP_MATRIX_PIXELS] = {w[0], w[0], w[0]}, high[AOT_DSP_MATRIX_PIXELS] = {w[1], w[1], w[1]};
        w = aot_dsp_multiply_int16(lanes, w + 2, layer->words, low, high);
        const int32_t next = left > 1; /* 0: an odd last channel, both halves are it */
        out[third] = aot_dsp_requantize_int16(layer, low[2], w[0], clamped);
        out[third + next] = aot_dsp_requantize_int16(layer, high[2], w[1], clamped);
        out[second] = aot_dsp_requantize_int16(layer, low[1], w[0], clamped);
        out[second + next] = aot_dsp_requantize_int16(layer, high[1], w[1], clamped);
        out[0] = aot_dsp_requantize_int16(layer, low[0], w[0], clamped);
        out[next] = aot_dsp_requantize_int16(layer, high[0], w[1], clamped);
        w += 2;
    }
}

/* `lanes`: 3 * words words.  Missing pixels of the last round have old lanes; their outputs go where the first pixel's
 * are written afterwards. */
AOT_INLINE void aot_dsp_conv_2d_int16(const aot_dsp_conv_2d_int16_layer *layer, const aot_int16 *input,
                                      aot_int16 *output, aot_uint32 *lanes, int clamped) {
    const int32_t step = layer->windows.output_channels;
    int32_t count = 0, left = layer->windows.batches * layer->windows.output_height * layer->windows.output_width;
    for (int32_t i = 0; i < AOT_DSP_MATRIX_PIXELS * layer->words; ++i) {
        lanes[i] = 0; /* halves of words that nobody fills */
    }
    for (int32_t batch = 0; batch < layer->windows.batches; ++batch) {
        for (int32_t out_y = 0; out_y < layer->windows.output_height; ++out_y) {
            const int row_inside = out_y >= layer->inside.top && out_y < layer->inside.bottom;
            for (int32_t out_x = 0; out_x < layer->windows.output_width; ++out_x) {
                const int inside = row_inside && out_x >= layer->inside.left && out_x < layer->inside.right;
                aot_dsp_window_lanes(layer, input, out_y * layer->windows.stride_y - layer->windows.pad_top,
                                     out_x * layer->windows.stride_x - layer->windows.pad_left, inside,
                                     (aot_dsp_lane *)(void *)(lanes + count));
                --left;
                if (++count == AOT_DSP_MATRIX_PIXELS || left == 0) {
                    aot_dsp_pixels_int16(layer, lanes, output, count > 1 ? step : 0, count > 2 ? 2 * step : 0, clamped);
                    output += AOT_DSP_MATRIX_PIXELS * step;
                    count = 0;
                }
            }
        }
        input += layer->windows.input_height * layer->windows.input_width * layer->windows.input_channels;
    }
}

__attribute__((unused)) static void aot_dsp_conv_2d_int16_whole(const aot_dsp_conv_2d_int16_layer *layer,
                                                                const aot_int16 *input, aot_int16 *output,
                                                                aot_uint32 *lanes) {
    aot_dsp_conv_2d_int16(layer, input, output, lanes, 0);
}

__attribute__((unused)) static void aot_dsp_conv_2d_int16_clamped(const aot_dsp_conv_2d_int16_layer *layer,
                                                                  const aot_int16 *input, aot_int16 *output,
                                                                  aot_uint32 *lanes) {
    aot_dsp_conv_2d_int16(layer, input, output, lanes, 1);
}

#endif
