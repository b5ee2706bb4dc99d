/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Gathering for depthwise_conv_2d.h: bytes of one channel, far apart in memory, become rows of 16-bit lanes.
 *
 * 4 channels at a time are copied to a buffer, with the zero point around the image:
 *     buffer[column pair][row][channel of 4] = 2 words: pixels 2j, 2j + 1 and 2j + 2, 2j + 3.
 * Every word is stored twice, so that one LDRD at a fixed offset yields the 4 pixels that 2 outputs side by side need
 * of a row, for a buffer of any size with a single pointer. */
#ifndef AOT_DSP_DEPTHWISE_GATHER_H
#define AOT_DSP_DEPTHWISE_GATHER_H

#include "../windows.h"
#include "instructions.h"

#define AOT_DSP_GATHERED 4 /* channels */

/* How a row of 4 channels becomes `pairs` column pairs of the buffer. */
typedef struct {
    int32_t column;  /* bytes from one pixel to the next */
    int32_t step;    /* bytes of the buffer from one column pair to the next */
    uint32_t zero;   /* the input's zero point, 4 times */
    int32_t outside; /* the first pixel is outside the image */
    int32_t inside;  /* pairs of pixels inside the image, after the first pair */
    int32_t half;    /* then a pair whose second pixel is outside: 0 or 1 */
    int32_t rest;    /* then pairs outside */
    int32_t row;     /* bytes from one row of the image to the next */
} aot_dsp_gather;

#if AOT_DSP_ASSEMBLY

AOT_ASSERT_OFFSET(aot_dsp_gather, column, 0);
AOT_ASSERT_OFFSET(aot_dsp_gather, step, 4);
AOT_ASSERT_OFFSET(aot_dsp_gather, zero, 8);
AOT_ASSERT_OFFSET(aot_dsp_gather, outside, 12);
AOT_ASSERT_OFFSET(aot_dsp_gather, inside, 16);
AOT_ASSERT_OFFSET(aot_dsp_gather, half, 20);
AOT_ASSERT_OFFSET(aot_dsp_gather, rest, 24);
AOT_ASSERT_OFFSET(aot_dsp_gather, row, 28);

/* Pixels a and b in r9 and r10 to their 4 words of lanes in lr, r11, r12, r10. */
#define AOT_DSP_GATHER_TRANSPOSE                                                                                       \
    "sxtb16 r11, r9\n\t"                                                                                               \
    "sxtb16 r9, r9, ror #8\n\t"                                                                                        \
    "sxtb16 r12, r10\n\t"                                                                                              \
    "sxtb16 r10, r10, ror #8\n\t"                                                                                      \
    "pkhbt lr, r11, r12, lsl #16\n\t"                                                                                  \
    "pkhtb r12, r12, r11, asr #16\n\t"                                                                                 \
    "pkhbt r11, r9, r10, lsl #16\n\t"                                                                                  \
    "pkhtb r10, r10, r9, asr #16\n\t"

/* `rows` (not 0) rows of the image from `from` on, to the buffer's rows from `to` on.  22 instructions for 8 inputs;
 * GCC, which runs out of registers, takes 32.
 *
 *   r0 from       r1 to       r2 column       r3 step       r4 pairs left
 *   r5 r6 r7 r8 the lanes of the column pair before       r9 .. lr temporary
 *
 * Stack: gather, from, to, rows, half. */
__attribute__((naked, noinline, unused)) static void
aot_dsp_gather_rows(const aot_dsp_gather *gather __attribute__((unused)), const int8_t *from __attribute__((unused)),
                    aot_uint32 *to __attribute__((unused)), int32_t rows __attribute__((unused))) {
    __asm__("push {r4-r11, lr}\n\t"
            "sub sp, #20\n\t"
            "stmia sp, {r0-r3}\n"
            "1:\n\t" /* each row: its first pair */
            "ldmia sp, {r4-r6}\n\t"
            "mov r0, r5\n\t"
            "mov r1, r6\n\t"
            "ldrd r2, r3, [r4]\n\t"
            "ldrd r9, r10, [r4, #8]\n\t"
            "ldrd r4, r5, [r4, #16]\n\t"
            "str r5, [sp, #16]\n\t"
            "cmp r10, #0\n\t"
            "itt eq\n\t"
            "ldreq r9, [r0]\n\t"
            "addeq r0, r0, r2\n\t"
            "ldr r10, [r0]\n\t"
            "add r0, r0, r2\n\t" AOT_DSP_GATHER_TRANSPOSE "mov r5, lr\n\t"
            "mov r6, r11\n\t"
            "mov r7, r12\n\t"
            "mov r8, r10\n\t"
            "cbz r4, 4f\n"
            "2:\n\t" /* each pair inside */
            "ldr r9, [r0]\n\t"
            "ldr r10, [r0, r2]\n\t"
            "add r0, r0, r2, lsl #1\n"
            "3:\n\t" AOT_DSP_GATHER_TRANSPOSE "strd r5, lr, [r1]\n\t"
            "strd r6, r11, [r1, #8]\n\t"
            "strd r7, r12, [r1, #16]\n\t"
            "strd r8, r10, [r1, #24]\n\t"
            "mov r5, lr\n\t"
            "mov r6, r11\n\t"
            "mov r7, r12\n\t"
            "mov r8, r10\n\t"
            "add r1, r1, r3\n\t"
            "subs r4, #1\n\t"
            "bne 2b\n"
            "4:\n\t" /* half a pair */
            "ldr r9, [sp]\n\t"
            "ldr r10, [r9, #8]\n\t"
            "ldr r4, [sp, #16]\n\t"
            "cbz r4, 5f\n\t"
            "mov r9, #0\n\t"
            "str r9, [sp, #16]\n\t"
            "ldr r9, [r0]\n\t"
            "b 3b\n"
            "5:\n\t" /* pairs outside */
            "ldr r4, [r9, #24]\n\t"
            "cbz r4, 7f\n\t"
            "sxtb16 r10, r10\n"
            "6:\n\t"
            "strd r5, r10, [r1]\n\t"
            "strd r6, r10, [r1, #8]\n\t"
            "strd r7, r10, [r1, #16]\n\t"
            "strd r8, r10, [r1, #24]\n\t"
            "mov r5, r10\n\t"
            "mov r6, r10\n\t"
            "mov r7, r10\n\t"
            "mov r8, r10\n\t"
            "add r1, r1, r3\n\t"
            "subs r4, #1\n\t"
            "bne 6b\n"
            "7:\n\t"
            "ldmia sp, {r0-r3}\n\t"
            "ldr r4, [r0, #28]\n\t"
            "add r1, r1, r4\n\t"
            "add r2, r2, #32\n\t"
            "subs r3, #1\n\t"
            "stmia sp, {r0-r3}\n\t"
            "bne 1b\n\t"
            "add sp, #20\n\t"
            "pop {r4-r11, pc}");
}

#else

/* 4 channels of the pixels a and b, as 4 words of lanes (a, b). */
AOT_INLINE void aot_dsp_transpose(uint32_t a, uint32_t b, uint32_t lanes[AOT_DSP_GATHERED]) {
    const uint32_t a02 = aot_dsp_bytes_02(a), a13 = aot_dsp_bytes_13(a), b02 = aot_dsp_bytes_02(b),
                   b13 = aot_dsp_bytes_13(b);
    lanes[0] = aot_dsp_pack_low(a02, b02);
    lanes[1] = aot_dsp_pack_low(a13, b13);
    lanes[2] = aot_dsp_pack_high(a02, b02);
    lanes[3] = aot_dsp_pack_high(a13, b13);
}

__attribute__((unused)) static void aot_dsp_gather_rows(const aot_dsp_gather *gather, const int8_t *from,
                                                        aot_uint32 *to, int32_t rows) {
    const int32_t pairs = gather->inside + gather->half + gather->rest;
    for (; rows > 0; --rows, from += gather->row, to += 2 * AOT_DSP_GATHERED) {
        const int8_t *pixel = from;
        uint32_t first = gather->zero, left[AOT_DSP_GATHERED], right[AOT_DSP_GATHERED];
        if (!gather->outside) {
            first = aot_dsp_load_word(pixel);
            pixel += gather->column;
        }
        aot_dsp_transpose(first, aot_dsp_load_word(pixel), left);
        pixel += gather->column;
        for (int32_t pair = 0; pair < pairs; ++pair, pixel += 2 * gather->column) {
            const int inside = pair < gather->inside, half = pair < gather->inside + gather->half;
            aot_dsp_transpose(half ? aot_dsp_load_word(pixel) : gather->zero,
                              inside ? aot_dsp_load_word(pixel + gather->column) : gather->zero, right);
            for (int32_t i = 0; i < AOT_DSP_GATHERED; ++i) {
                to[pair * gather->step / 4 + 2 * i] = left[i];
                to[pair * gather->step / 4 + 2 * i + 1] = right[i];
                left[i] = right[i];
            }
        }
    }
}

#endif

/* A row outside the image. */
AOT_INLINE void aot_dsp_gather_outside(const aot_dsp_gather *gather, int32_t pairs, aot_uint32 *to) {
    const uint32_t zero = aot_dsp_bytes_02(gather->zero);
    for (; pairs > 0; --pairs, to += gather->step / 4) {
        for (int32_t i = 0; i < 2 * AOT_DSP_GATHERED; ++i) {
            to[i] = zero;
        }
    }
}

#endif
