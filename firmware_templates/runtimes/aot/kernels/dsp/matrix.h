/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The heart of CONV_2D on cores with the DSP extension: 3 pixels times all output channels.
 *
 * Arithmetic.  A pixel is a row of `depth` inputs, expanded to pairs of 16-bit lanes; SMLAD multiplies and adds two
 * lanes at once.  A weight word serves two output channels ("byte pairs"): its two lanes, for inputs k and k', are
 * low weight + 256 * high weight.  SXTB16 of the word gives the low channel's weights exactly, so
 *
 *     low = sum of x * low weight
 *     both = sum of x * (low weight + 256 * high weight)
 *     both - low = 256 * high sum
 *
 * Weights take no more memory than bytes do, and one extension serves 12 products.
 *
 * Blocking.  3 pixels x 2 channels: 6 sums, 3 pixel words (one LDM), 2 weight words (one LDRD), 2 pointers and a
 * counter are 14 registers, all there are.  A step of 2 words takes 1 LDRD + 2 LDM + 2 SXTB16 + 12 SMLAD for 24
 * products: 0.71 instructions per product, 0.73 with the loop.
 *
 * Rounding.  The factor of a channel is m / 2^31 / 2^e.  TensorFlow Lite Micro's two roundings of a sum a are one
 * floor, less 1 at negative ties:
 *
 *     output = floor((a * m + 2^30 + 2^(30 + e)) / 2^(31 + e)) + zero point
 *
 * - one-sided: outputs at or below the zero point are clamped to -128 anyway (a RELU), so negative ties do not matter:
 *   SMMLA(a << t, m, round) >> E, saturated, where t = 1 + E - e and
 *   round = 2^(t-2) + 2^(E-1) + (zero point << E).  E is a constant, so that SSAT does the last shift: 4 instructions
 *   with the store.
 * - two-sided: SMMLAR(2a, m, round + (a < 0 ? -1 : 0)) >> e, saturated, where
 *   round = 2^(e-1) + (zero point << e): 6 instructions.
 *
 * Offline conditions (packed_weights.py, requantization.py; else the layer falls back to the portable kernel): lanes
 * fit 16 bits (never -128 above a negative low weight), 256 * high sum fits 32 bits, a << t does, and the result equals
 * TensorFlow Lite Micro's at each of the up to 255 steps of every channel. */
#ifndef AOT_DSP_MATRIX_H
#define AOT_DSP_MATRIX_H

#include "expand.h"

/* For each pair of channels `packed` holds
 *
 * - start of low, start of both: bias - input zero point * sum of weights, put together like the weights
 * - 2 * steps weight words
 * - m and round of the low channel, shifts, m and round of the high channel
 *
 * Bits 0-7 of `shifts`: t or e of the low channel; 8-15: of the high channel (8 - t for aot_dsp_matrix_one_sided);
 * 16: this is the last pair; 17-23: from the high channel to the next pair's low one; 24-31: from the low channel to
 * the high one (0 where the high half repeats the low one: an odd last channel).
 *
 * Constant channels.  The packed weights need not have all channels: those whose output is the same for every input (a
 * trained network often has many behind its RELUs) cost nothing but the copying of `constants`. */
typedef struct {
    const uint32_t *packed;
    int32_t steps;           /* of 2 words, 4 inputs each: depth / 4 */
    aot_range range;         /* of the fused activation; used by aot_dsp_matrix_clamped only */
    int32_t first;           /* the first channel in the packed weights */
    const int8_t *constants; /* [channel]: outputs of those that are not in it; 0: all are */
} aot_dsp_matrix;

/* All channels of 3 pixels.  `x`: [2 * steps][pixel] pairs of lanes.  The pixels' outputs are at out, out + second and
 * out + third; where fewer than 3 pixels count, those without meaning share the address of one before them, which is
 * written later. */
typedef void aot_dsp_matrix_function(const aot_dsp_matrix *matrix, const aot_uint32 *x, int8_t *out, int32_t second,
                                     int32_t third);

/* ---- in C ---- */

AOT_INLINE void aot_dsp_matrix_in_c(const aot_dsp_matrix *matrix, const aot_uint32 *x, int8_t *out, int32_t second,
                                    int32_t third, int kind) {
    const uint32_t *w = matrix->packed;
    uint32_t shifts;
    do {
        uint32_t low[AOT_DSP_MATRIX_PIXELS], both[AOT_DSP_MATRIX_PIXELS];
        for (int32_t pixel = 0; pixel < AOT_DSP_MATRIX_PIXELS; ++pixel) {
            low[pixel] = w[0];
            both[pixel] = w[1];
        }
        w += 2;
        const aot_uint32 *lanes = x;
        for (int32_t word = 2 * matrix->steps; word > 0; --word, ++w) {
            for (int32_t pixel = 0; pixel < AOT_DSP_MATRIX_PIXELS; ++pixel, ++lanes) {
                both[pixel] = aot_dsp_mac_both(*lanes, *w, both[pixel]);
                low[pixel] = aot_dsp_mac_both(*lanes, aot_dsp_bytes_02(*w), low[pixel]);
            }
        }
        shifts = w[2];
        const int32_t low_shift = (int32_t)(shifts & 0xFFu), high_shift = (int32_t)((shifts >> 8) & 0xFFu);
        const int32_t offset[AOT_DSP_MATRIX_PIXELS] = {0, second, third};
        for (int32_t pixel = AOT_DSP_MATRIX_PIXELS - 1; pixel >= 0; --pixel) {
            const int32_t high = (int32_t)(both[pixel] - low[pixel]) >> 8;
            int8_t *to = out + offset[pixel];
            to[0] = aot_dsp_requantize(&matrix->range, low[pixel], (int32_t)w[0], (int32_t)w[1], low_shift, kind);
            to[shifts >> 24] = aot_dsp_requantize(&matrix->range, (uint32_t)high, (int32_t)w[3], (int32_t)w[4],
                                                  kind == AOT_DSP_ONE_SIDED ? 8 - high_shift : high_shift, kind);
        }
        w += 5;
        out += (shifts >> 24) + ((shifts >> 17) & 0x7Fu);
    } while (((shifts >> 16) & 1u) == 0u);
}

/* Rarely needed: an activation that ends inside the 8-bit range. */
__attribute__((unused)) static void aot_dsp_matrix_clamped(const aot_dsp_matrix *matrix, const aot_uint32 *x,
                                                           int8_t *out, int32_t second, int32_t third) {
    aot_dsp_matrix_in_c(matrix, x, out, second, third, AOT_DSP_CLAMPED);
}

#if !AOT_DSP_ASSEMBLY

__attribute__((unused)) static void aot_dsp_matrix_one_sided(const aot_dsp_matrix *matrix, const aot_uint32 *x,
                                                             int8_t *out, int32_t second, int32_t third) {
    aot_dsp_matrix_in_c(matrix, x, out, second, third, AOT_DSP_ONE_SIDED);
}

__attribute__((unused)) static void aot_dsp_matrix_one_sided_wide(const aot_dsp_matrix *matrix, const aot_uint32 *x,
                                                                  int8_t *out, int32_t second, int32_t third) {
    aot_dsp_matrix_in_c(matrix, x, out, second, third, AOT_DSP_ONE_SIDED_WIDE);
}

__attribute__((unused)) static void aot_dsp_matrix_two_sided(const aot_dsp_matrix *matrix, const aot_uint32 *x,
                                                             int8_t *out, int32_t second, int32_t third) {
    aot_dsp_matrix_in_c(matrix, x, out, second, third, AOT_DSP_TWO_SIDED);
}

#else

/* ---- the same in assembly ----
 * With only the products in assembly and the rest in C, GCC 12 took 4 % (depth 8) to 7 % (depth 64) more instructions
 * and kept the layer's constants on the stack.  The function is naked rather than an asm statement with 14 operands,
 * which compiles with some options only.
 *
 *   r0 packed     r1 x        r2 r3 weight words           r4 r5 r6 the pixels' words
 *   r7 r8 r9 `low` sums       r10 r11 r12 `both` sums      lr rounds left
 * Stack: third, out, second, x, rounds, entry.  After the products r1 r2 r3 are third, out, second, and r4 r5 r6 m,
 * round, shifts. */
#define AOT_DSP_TEXT_(value) #value
#define AOT_DSP_TEXT(value) AOT_DSP_TEXT_(value)

AOT_ASSERT_OFFSET(aot_dsp_matrix, packed, 0);
AOT_ASSERT_OFFSET(aot_dsp_matrix, steps, 4);

/* 2 words of 3 pixels: 64 bytes of code. */
#define AOT_DSP_MATRIX_STEP                                                                                            \
    "ldrd r2, r3, [r0], #8\n\t"                                                                                        \
    "ldmia.n r1!, {r4, r5, r6}\n\t"                                                                                    \
    "smlad r10, r4, r2, r10\n\t"                                                                                       \
    "smlad r11, r5, r2, r11\n\t"                                                                                       \
    "smlad r12, r6, r2, r12\n\t"                                                                                       \
    "sxtb16 r2, r2\n\t"                                                                                                \
    "smlad r7, r4, r2, r7\n\t"                                                                                         \
    "smlad r8, r5, r2, r8\n\t"                                                                                         \
    "smlad r9, r6, r2, r9\n\t"                                                                                         \
    "ldmia.n r1!, {r4, r5, r6}\n\t"                                                                                    \
    "smlad r10, r4, r3, r10\n\t"                                                                                       \
    "smlad r11, r5, r3, r11\n\t"                                                                                       \
    "smlad r12, r6, r3, r12\n\t"                                                                                       \
    "sxtb16 r3, r3\n\t"                                                                                                \
    "smlad r7, r4, r3, r7\n\t"                                                                                         \
    "smlad r8, r5, r3, r8\n\t"                                                                                         \
    "smlad r9, r6, r3, r9\n\t"

/* `low` and `high` turn a register (a sum; 256 times a sum) into an output by m, round and shifts; `lr` is free.
 * The loop has 4 steps of 64 bytes of code; where their number is no multiple of 4, the first round enters it later. */
#define AOT_DSP_MATRIX_CODE(low, high)                                                                                 \
    "push {r4-r11, lr}\n\t"                                                                                            \
    "ldr r5, [sp, #36]\n\t" /* third: the fifth argument */                                                            \
    "sub sp, #24\n\t"                                                                                                  \
    "ldrd r0, r4, [r0]\n\t" /* matrix->packed, matrix->steps */                                                        \
    "rsb r6, r4, #0\n\t"                                                                                               \
    "and r6, r6, #3\n\t"                                                                                               \
    "adr.w r7, 2f\n\t"                                                                                                 \
    "add r6, r7, r6, lsl #6\n\t"                                                                                       \
    "add r6, r6, #1\n\t" /* Thumb state */                                                                             \
    "add r4, r4, #3\n\t"                                                                                               \
    "lsr r4, r4, #2\n\t"                                                                                               \
    "str r5, [sp]\n\t"                                                                                                 \
    "strd r2, r3, [sp, #4]\n\t"                                                                                        \
    "strd r1, r4, [sp, #12]\n\t"                                                                                       \
    "str r6, [sp, #20]\n"                                                                                              \
    "1:\n\t" /* each pair of channels */                                                                               \
    "ldrd r7, r10, [r0], #8\n\t"                                                                                       \
    "ldrd r1, lr, [sp, #12]\n\t"                                                                                       \
    "mov r8, r7\n\t"                                                                                                   \
    "mov r9, r7\n\t"                                                                                                   \
    "mov r11, r10\n\t"                                                                                                 \
    "mov r12, r10\n\t"                                                                                                 \
    "ldr pc, [sp, #20]\n\t"                                                                                            \
    ".p2align 2\n"                                                                                                     \
    "2:\n\t" AOT_DSP_MATRIX_STEP AOT_DSP_MATRIX_STEP AOT_DSP_MATRIX_STEP AOT_DSP_MATRIX_STEP "subs lr, #1\n\t"         \
    "bne 2b\n\t"                                                                                                       \
    "ldmia r0!, {r4, r5, r6}\n\t"                                                                                      \
    "ldmia sp, {r1, r2, r3}\n\t"                                                                                       \
    "sub r10, r10, r7\n\t"                                                                                             \
    "sub r11, r11, r8\n\t"                                                                                             \
    "sub r12, r12, r9\n\t" low("r9") "strb r9, [r2, r1]\n\t" low("r8") "strb r8, [r2, r3]\n\t" low(                    \
        "r7") "strb r7, [r2]\n\t"                                                                                      \
              "lsr r6, r6, #8\n\t"                                                                                     \
              "ldrd r4, r5, [r0], #8\n\t"                                                                              \
              "add r7, r2, r6, lsr #16\n\t" high("r12") "strb r12, [r7, r1]\n\t" high(                                 \
                  "r11") "strb r11, [r7, r3]\n\t" high("r10") "strb r10, [r7]\n\t"                                     \
                                                              "ubfx r4, r6, #9, #7\n\t"                                \
                                                              "add r2, r7, r4\n\t"                                     \
                                                              "str r2, [sp, #4]\n\t"                                   \
                                                              "tst r6, #0x100\n\t"                                     \
                                                              "beq 1b\n\t"                                             \
                                                              "add sp, #24\n\t"                                        \
                                                              "pop {r4-r11, pc}\n\t"

#define AOT_DSP_LAST_SHIFT(r, bits) "ssat " r ", #8, " r ", asr #" AOT_DSP_TEXT(bits) "\n\t"
#define AOT_DSP_LOW_ONE_SIDED(r)                                                                                       \
    "lsl " r ", " r ", r6\n\t"                                                                                         \
    "smmla " r ", " r ", r4, r5\n\t" AOT_DSP_LAST_SHIFT(r, AOT_DSP_FRACTION_BITS)
#define AOT_DSP_HIGH_ONE_SIDED(r)                                                                                      \
    "asr " r ", " r ", r6\n\t"                                                                                         \
    "smmla " r ", " r ", r4, r5\n\t" AOT_DSP_LAST_SHIFT(r, AOT_DSP_FRACTION_BITS)
#define AOT_DSP_LOW_WIDE(r)                                                                                            \
    "lsl " r ", " r ", r6\n\t"                                                                                         \
    "smmla " r ", " r ", r4, r5\n\t" AOT_DSP_LAST_SHIFT(r, AOT_DSP_FRACTION_BITS_WIDE)
#define AOT_DSP_HIGH_WIDE(r) "asr " r ", " r ", #8\n\t" AOT_DSP_LOW_WIDE(r)
#define AOT_DSP_TWICE_TWO_SIDED(r)                                                                                     \
    "add lr, r5, " r ", asr #31\n\t"                                                                                   \
    "smmlar " r ", " r ", r4, lr\n\t"                                                                                  \
    "asr " r ", " r ", r6\n\t"                                                                                         \
    "ssat " r ", #8, " r "\n\t"
#define AOT_DSP_LOW_TWO_SIDED(r) "lsl " r ", " r ", #1\n\t" AOT_DSP_TWICE_TWO_SIDED(r)
#define AOT_DSP_HIGH_TWO_SIDED(r) "asr " r ", " r ", #7\n\t" AOT_DSP_TWICE_TWO_SIDED(r)

/* Naked: the body is the assembly alone, arguments are where the procedure call standard puts them. */
#define AOT_DSP_NAKED __attribute__((naked, noinline, unused)) static void

AOT_DSP_NAKED aot_dsp_matrix_one_sided(const aot_dsp_matrix *matrix __attribute__((unused)),
                                       const aot_uint32 *x __attribute__((unused)), int8_t *out __attribute__((unused)),
                                       int32_t second __attribute__((unused)), int32_t third __attribute__((unused))) {
    __asm__(AOT_DSP_MATRIX_CODE(AOT_DSP_LOW_ONE_SIDED, AOT_DSP_HIGH_ONE_SIDED));
}

AOT_DSP_NAKED aot_dsp_matrix_one_sided_wide(const aot_dsp_matrix *matrix __attribute__((unused)),
                                            const aot_uint32 *x __attribute__((unused)),
                                            int8_t *out __attribute__((unused)), int32_t second __attribute__((unused)),
                                            int32_t third __attribute__((unused))) {
    __asm__(AOT_DSP_MATRIX_CODE(AOT_DSP_LOW_WIDE, AOT_DSP_HIGH_WIDE));
}

AOT_DSP_NAKED aot_dsp_matrix_two_sided(const aot_dsp_matrix *matrix __attribute__((unused)),
                                       const aot_uint32 *x __attribute__((unused)), int8_t *out __attribute__((unused)),
                                       int32_t second __attribute__((unused)), int32_t third __attribute__((unused))) {
    __asm__(AOT_DSP_MATRIX_CODE(AOT_DSP_LOW_TWO_SIDED, AOT_DSP_HIGH_TWO_SIDED));
}

#endif

#endif
