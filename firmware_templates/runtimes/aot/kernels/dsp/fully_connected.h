/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* FULLY_CONNECTED, int8, for cores with the DSP extension, with one scale or one for each output channel.
 *
 * Layouts: input [rows][depth], output [rows][channel], weights as byte pairs (matrix.h has the arithmetic of
 * products and rounding).  output = clamp(rescale(start + sum of weight * input)), start = bias - input zero point *
 * sum of weights.
 *
 * Blocking.  A row is expanded to lanes in `scratch` (2 bytes per input) and multiplied by 4 channels, 2 byte pairs, at
 * a time: 4 inputs take 1 LDRD + 1 LDM of 4 weight words + 4 SXTB16 + 8 SMLAD for 16 products: 0.88 instructions a
 * product, 0.91 with the loop.  Each weight is read once, so here the loads of weights are the price.
 *
 * Offline conditions: those of matrix.h. */
#ifndef AOT_DSP_FULLY_CONNECTED_H
#define AOT_DSP_FULLY_CONNECTED_H

#include "instructions.h"

/* For each 4 channels (rounded up; missing ones have weights of 0) `packed` holds
 *
 * - starts of low and both of the first pair, of the second pair
 * - 4 * steps weight words, of the first and the second pair by turns
 * - with a scale for each channel: m, round of the low channel, shifts, m, round of the high channel, of either pair
 *
 * Bits 0-7 of `shifts`: t or e of the low channel; 8-15: of the high channel.  With a single scale the same 5 words are
 * `requantize`, for all pairs. */
typedef struct {
    const uint32_t *packed;
    int32_t steps; /* of 4 inputs: depth / 4, rounded up */
    int32_t channels;
    const uint32_t *requantize; /* where there is one scale for all channels */
    aot_range range;            /* of the fused activation; used by aot_dsp_row_clamped only */
} aot_dsp_row;

/* All channels of one row of lanes. */
typedef void aot_dsp_row_function(const aot_dsp_row *row, const aot_uint32 *lanes, int8_t *output);

typedef struct {
    aot_dsp_row row;
    int32_t rows;
    int32_t depth;
} aot_dsp_fully_connected_layer;

/* ---- in C ---- */

AOT_INLINE void aot_dsp_row_in_c(const aot_dsp_row *row, const aot_uint32 *lanes, int8_t *output, int kind) {
    const uint32_t *w = row->packed;
    for (int32_t c = 0; c < row->channels; c += 4) {
        uint32_t low[2] = {w[0], w[2]}, both[2] = {w[1], w[3]};
        w += 4;
        for (int32_t word = 0; word < 2 * row->steps; ++word) {
            for (int32_t pair = 0; pair < 2; ++pair, ++w) {
                both[pair] = aot_dsp_mac_both(lanes[word], *w, both[pair]);
                low[pair] = aot_dsp_mac_both(lanes[word], aot_dsp_bytes_02(*w), low[pair]);
            }
        }
        for (int32_t pair = 0; pair < 2; ++pair) {
            const uint32_t *requantize = row->requantize ? row->requantize : w;
            const int32_t *factors = (const int32_t *)requantize;
            const int32_t low_shift = factors[2] & 0xFF, high_shift = (factors[2] >> 8) & 0xFF;
            const int32_t channel = c + 2 * pair, high = (int32_t)(both[pair] - low[pair]) >> 8;
            if (channel < row->channels) {
                output[channel] = aot_dsp_requantize(&row->range, low[pair], factors[0], factors[1], low_shift, kind);
            }
            if (channel + 1 < row->channels) {
                output[channel + 1] =
                    aot_dsp_requantize(&row->range, (uint32_t)high, factors[3], factors[4], high_shift, kind);
            }
            w += row->requantize ? 0 : 5;
        }
    }
}

/* Rarely needed: an activation that ends inside the 8-bit range. */
__attribute__((unused)) static void aot_dsp_row_clamped(const aot_dsp_row *row, const aot_uint32 *lanes,
                                                        int8_t *output) {
    aot_dsp_row_in_c(row, lanes, output, AOT_DSP_CLAMPED);
}

#if !AOT_DSP_ASSEMBLY

__attribute__((unused)) static void aot_dsp_row_one_sided(const aot_dsp_row *row, const aot_uint32 *lanes,
                                                          int8_t *output) {
    aot_dsp_row_in_c(row, lanes, output, AOT_DSP_ONE_SIDED_WIDE);
}

__attribute__((unused)) static void aot_dsp_row_one_sided_per_channel(const aot_dsp_row *row, const aot_uint32 *lanes,
                                                                      int8_t *output) {
    aot_dsp_row_in_c(row, lanes, output, AOT_DSP_ONE_SIDED_WIDE);
}

__attribute__((unused)) static void aot_dsp_row_two_sided(const aot_dsp_row *row, const aot_uint32 *lanes,
                                                          int8_t *output) {
    aot_dsp_row_in_c(row, lanes, output, AOT_DSP_TWO_SIDED);
}

__attribute__((unused)) static void aot_dsp_row_two_sided_per_channel(const aot_dsp_row *row, const aot_uint32 *lanes,
                                                                      int8_t *output) {
    aot_dsp_row_in_c(row, lanes, output, AOT_DSP_TWO_SIDED);
}

#else

/* ---- the same in assembly ----
 *   r0 packed       r1 lanes       r2 r3 2 words of them       r4 .. r7 weight words
 *   r8 r10 `low` sums of the pairs       r9 r11 `both` sums       lr rounds left
 * Stack: lanes, rounds, entry, output, channels left, requantize.  After the products r7 is where r1 .. r5 (m, round,
 * shifts, m, round) come from. The loop has 4 steps of 56 bytes of code; where their number is no multiple of 4, the
 * first round enters it later. */
#define AOT_DSP_ROW_STEP                                                                                               \
    "ldrd r2, r3, [r1], #8\n\t"                                                                                        \
    "ldmia.w r0!, {r4-r7}\n\t"                                                                                         \
    "smlad r9, r2, r4, r9\n\t"                                                                                         \
    "sxtb16 r4, r4\n\t"                                                                                                \
    "smlad r8, r2, r4, r8\n\t"                                                                                         \
    "smlad r11, r2, r5, r11\n\t"                                                                                       \
    "sxtb16 r5, r5\n\t"                                                                                                \
    "smlad r10, r2, r5, r10\n\t"                                                                                       \
    "smlad r9, r3, r6, r9\n\t"                                                                                         \
    "sxtb16 r6, r6\n\t"                                                                                                \
    "smlad r8, r3, r6, r8\n\t"                                                                                         \
    "smlad r11, r3, r7, r11\n\t"                                                                                       \
    "sxtb16 r7, r7\n\t"                                                                                                \
    "smlad r10, r3, r7, r10\n\t"

AOT_ASSERT_OFFSET(aot_dsp_row, packed, 0);
AOT_ASSERT_OFFSET(aot_dsp_row, steps, 4);
AOT_ASSERT_OFFSET(aot_dsp_row, channels, 8);
AOT_ASSERT_OFFSET(aot_dsp_row, requantize, 12);

/* `from` sets r7 to where m, round, shifts, m and round of a pair are, `again` between the pairs, `after` behind them.
 */
#define AOT_DSP_ROW_CODE(from, again, after, low, high)                                                                \
    "push {r4-r11, lr}\n\t"                                                                                            \
    "sub sp, #32\n\t"                                                                                                  \
    "ldr r4, [r0, #4]\n\t"                                                                                             \
    "rsb r6, r4, #0\n\t"                                                                                               \
    "and r6, r6, #3\n\t"                                                                                               \
    "adr.w r7, 2f\n\t"                                                                                                 \
    "mov r8, #56\n\t"                                                                                                  \
    "mla r6, r6, r8, r7\n\t"                                                                                           \
    "add r6, r6, #1\n\t"                                                                                               \
    "add r4, r4, #3\n\t"                                                                                               \
    "lsr r4, r4, #2\n\t"                                                                                               \
    "strd r1, r4, [sp]\n\t"                                                                                            \
    "strd r6, r2, [sp, #8]\n\t"                                                                                        \
    "ldrd r5, r7, [r0, #8]\n\t"                                                                                        \
    "strd r5, r7, [sp, #16]\n\t"                                                                                       \
    "ldr r0, [r0]\n\t"                                                                                                 \
    "1:\n\t" /* each 4 channels */                                                                                     \
    "ldmia r0!, {r8-r11}\n\t"                                                                                          \
    "ldrd r1, lr, [sp]\n\t"                                                                                            \
    "ldr pc, [sp, #8]\n\t"                                                                                             \
    ".p2align 2\n"                                                                                                     \
    "2:\n\t" AOT_DSP_ROW_STEP AOT_DSP_ROW_STEP AOT_DSP_ROW_STEP AOT_DSP_ROW_STEP "subs lr, #1\n\t"                     \
    "bne 2b\n\t"                                                                                                       \
    "sub r9, r9, r8\n\t"                                                                                               \
    "sub r11, r11, r10\n\t" from "ldmia r7!, {r1-r5}\n\t" low("r8") "lsr r3, r3, #8\n\t" high("r9") again              \
        "ldmia r7!, {r1-r5}\n\t" low("r10") "lsr r3, r3, #8\n\t" high("r11") after                                     \
        "ldrd r1, r2, [sp, #12]\n\t"                                                                                   \
        "strb r8, [r1]\n\t"                                                                                            \
        "cmp r2, #4\n\t"                                                                                               \
        "blo 4f\n\t"                                                                                                   \
        "strb r9, [r1, #1]\n\t"                                                                                        \
        "strb r10, [r1, #2]\n\t"                                                                                       \
        "strb r11, [r1, #3]\n\t"                                                                                       \
        "add r1, r1, #4\n\t"                                                                                           \
        "sub r2, r2, #4\n\t"                                                                                           \
        "strd r1, r2, [sp, #12]\n\t"                                                                                   \
        "cmp r2, #0\n\t"                                                                                               \
        "bne 1b\n\t"                                                                                                   \
        "3:\n\t"                                                                                                       \
        "add sp, #32\n\t"                                                                                              \
        "pop {r4-r11, pc}\n\t"                                                                                         \
        "4:\n\t" /* fewer than 4 channels are left */                                                                  \
        "cmp r2, #2\n\t"                                                                                               \
        "blo 3b\n\t"                                                                                                   \
        "strb r9, [r1, #1]\n\t"                                                                                        \
        "beq 3b\n\t"                                                                                                   \
        "strb r10, [r1, #2]\n\t"                                                                                       \
        "b 3b\n\t"

#define AOT_DSP_ROW_LAST_SHIFT(r) "ssat " r ", #8, " r ", asr #14\n\t" /* AOT_DSP_FRACTION_BITS_WIDE */
#define AOT_DSP_ROW_ONE(r, m, round)                                                                                   \
    "lsl " r ", " r ", r3\n\t"                                                                                         \
    "smmla " r ", " r ", " m ", " round "\n\t" AOT_DSP_ROW_LAST_SHIFT(r)
#define AOT_DSP_ROW_LOW_ONE(r) AOT_DSP_ROW_ONE(r, "r1", "r2")
#define AOT_DSP_ROW_HIGH_ONE(r) "asr " r ", " r ", #8\n\t" AOT_DSP_ROW_ONE(r, "r4", "r5")
#define AOT_DSP_ROW_TWO(r, m, round)                                                                                   \
    "add lr, " round ", " r ", asr #31\n\t"                                                                            \
    "smmlar " r ", " r ", " m ", lr\n\t"                                                                               \
    "asr " r ", " r ", r3\n\t"                                                                                         \
    "ssat " r ", #8, " r "\n\t"
#define AOT_DSP_ROW_LOW_TWO(r) "lsl " r ", " r ", #1\n\t" AOT_DSP_ROW_TWO(r, "r1", "r2")
#define AOT_DSP_ROW_HIGH_TWO(r) "asr " r ", " r ", #7\n\t" AOT_DSP_ROW_TWO(r, "r4", "r5")

/* Naked: the body is the assembly alone, arguments are where the procedure call standard puts them. */
#define AOT_DSP_ROW_NAKED(name, code)                                                                                  \
    __attribute__((naked, noinline, unused)) static void name(const aot_dsp_row *row __attribute__((unused)),          \
                                                              const aot_uint32 *lanes __attribute__((unused)),         \
                                                              int8_t *output __attribute__((unused))) {                \
        __asm__(code);                                                                                                 \
    }
#define AOT_DSP_ROW_SHARED "ldr r7, [sp, #20]\n\t"

AOT_DSP_ROW_NAKED(aot_dsp_row_one_sided, AOT_DSP_ROW_CODE(AOT_DSP_ROW_SHARED, AOT_DSP_ROW_SHARED, "",
                                                          AOT_DSP_ROW_LOW_ONE, AOT_DSP_ROW_HIGH_ONE))
AOT_DSP_ROW_NAKED(aot_dsp_row_one_sided_per_channel,
                  AOT_DSP_ROW_CODE("mov r7, r0\n\t", "", "mov r0, r7\n\t", AOT_DSP_ROW_LOW_ONE, AOT_DSP_ROW_HIGH_ONE))
AOT_DSP_ROW_NAKED(aot_dsp_row_two_sided, AOT_DSP_ROW_CODE(AOT_DSP_ROW_SHARED, AOT_DSP_ROW_SHARED, "",
                                                          AOT_DSP_ROW_LOW_TWO, AOT_DSP_ROW_HIGH_TWO))
AOT_DSP_ROW_NAKED(aot_dsp_row_two_sided_per_channel,
                  AOT_DSP_ROW_CODE("mov r7, r0\n\t", "", "mov r0, r7\n\t", AOT_DSP_ROW_LOW_TWO, AOT_DSP_ROW_HIGH_TWO))

#endif

/* `count` inputs, a positive multiple of 8, to lanes.  A function of its own: it is the same loop in every layer. */
__attribute__((unused)) static AOT_NOINLINE void aot_dsp_row_expand_eights(const int8_t *from, int32_t count,
                                                                           aot_uint32 *to) {
    for (const int8_t *const end = from + count; from < end; from += 8) {
        const uint32_t first = aot_dsp_load_word(from), second = aot_dsp_load_word(from + 4);
        to[0] = aot_dsp_bytes_02(first);
        to[1] = aot_dsp_bytes_13(first);
        to[2] = aot_dsp_bytes_02(second);
        to[3] = aot_dsp_bytes_13(second);
        to += 4;
    }
}

/* A row of `depth` inputs to lanes, in the order in which the weights are packed (byte_pairs.py, depth_order).  Inputs
 * are read in order, each before lanes that lie twice as far from `to` are written: conv_2d_one.h relies on that. */
AOT_INLINE void aot_dsp_row_expand(const int8_t *from, int32_t depth, aot_uint32 *to) {
    const int32_t eights = depth & ~(int32_t)7;
    int32_t left = depth - eights;
    if (eights != 0) {
        aot_dsp_row_expand_eights(from, eights, to);
        from += eights;
        to += eights / 2;
    }
    if (left >= 4) {
        const uint32_t word = aot_dsp_load_word(from);
        from += 4;
        to[0] = aot_dsp_bytes_02(word);
        to[1] = aot_dsp_bytes_13(word);
        to += 2;
        left -= 4;
    }
    if (left >= 2) {
        *to++ = aot_dsp_lanes(from[0], from[left - 1]);
    }
    if ((left & 1) != 0) {
        *to = aot_dsp_lanes(from[left >> 1], 0);
    }
}

static inline void aot_dsp_fully_connected(const aot_dsp_fully_connected_layer *layer, const int8_t *input,
                                           int8_t *output, aot_uint32 *scratch, aot_dsp_row_function *multiply) {
    for (int32_t row = 0; row < layer->rows; ++row) {
        aot_dsp_row_expand(input, layer->depth, scratch);
        multiply(&layer->row, scratch, output);
        input += layer->depth;
        output += layer->row.channels;
    }
}

#endif
