/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The heart of CONV_2D on cores with Helium (MVE): sums of 3 pixels times up to 64 channels.
 *
 * Arithmetic.  A window is `depth` bytes, a channel's weights are as many bytes in the same order; VMLADAVA multiplies
 * and adds 16 pairs of them into one 32-bit register.
 *
 * Blocking.  3 pixels x 2 channels: 6 sums in the even registers VMLADAVA wants, 3 + 2 pointers, the depth, where sums
 * go, and LR for the hardware loop are 13 registers.  16 inputs take 5 loads + 6 VMLADAVA + LETP for 96 products: 0.125
 * instructions per product.  LETP predicates the last round, so any depth will do and nothing behind a window or a row
 * of weights is read; weights stay as the model has them.  A pair of channels costs 10 instructions beside the loop.
 *
 * Assembly, because GCC 12 cannot give six even registers to sums without moving them about, and does not use DLSTP.
 * aot_mve_matrix_sums_in_c is its twin; -DAOT_MVE_PLAIN takes it instead. */
#ifndef AOT_MVE_MATRIX_H
#define AOT_MVE_MATRIX_H

#include "requantize.h"

#define AOT_MVE_PIXELS 3

/* Windows of 3 pixels; where fewer count, the rest repeat the first. */
typedef struct {
    const int8_t *pixel[AOT_MVE_PIXELS];
} aot_mve_windows;

/* sums[pixel * AOT_MVE_BLOCK + channel] for `channels` (even, above 0) rows of weights from `first` and `second` on. */
typedef void aot_mve_matrix_sums_function(const int8_t *first, const int8_t *second, const aot_mve_windows *windows,
                                          int32_t depth, int32_t channels, aot_int32 *sums);

/* The same in C. */
__attribute__((unused)) static void aot_mve_matrix_sums_in_c(const int8_t *first, const int8_t *second,
                                                             const aot_mve_windows *windows, int32_t depth,
                                                             int32_t channels, aot_int32 *sums) {
    for (int32_t c = 0; c < channels; c += 2) {
        for (int32_t pixel = 0; pixel < AOT_MVE_PIXELS; ++pixel) {
            const int8_t *x = windows->pixel[pixel];
            int32_t sum0 = 0, sum1 = 0;
            for (int32_t i = 0; i < depth; i += 16) {
                const int8x16_t values = aot_mve_load_bytes(x + i, depth - i);
                sum0 = vmladavaq_s8(sum0, values, aot_mve_load_bytes(first + i, depth - i));
                sum1 = vmladavaq_s8(sum1, values, aot_mve_load_bytes(second + i, depth - i));
            }
            sums[pixel * AOT_MVE_BLOCK + c] = sum0;
            sums[pixel * AOT_MVE_BLOCK + c + 1] = sum1;
        }
        first = second + depth;
        second = first + depth;
    }
}

#if defined(AOT_MVE_PLAIN)
#define aot_mve_matrix_sums aot_mve_matrix_sums_in_c
#else

AOT_ASSERT_OFFSET(aot_mve_windows, pixel, 0);

/* r0 r2 r4 r6 r8 r10: sums    r1 r3 r5: windows    r7 r9: weights    r11: depth    r12: where sums go    lr: bytes left
 * Stack: end of sums, x0, bytes a loop steps on, x1, x2 (what LDM puts into r0 r1 r2 r3 r5). */
__attribute__((naked, noinline, unused)) static void
aot_mve_matrix_sums(const int8_t *first __attribute__((unused)), const int8_t *second __attribute__((unused)),
                    const aot_mve_windows *windows __attribute__((unused)), int32_t depth __attribute__((unused)),
                    int32_t channels __attribute__((unused)), aot_int32 *sums __attribute__((unused))) {
    __asm__("push {r4-r11, lr}\n\t"
            "ldrd r10, r12, [sp, #36]\n\t" /* channels, sums */
            "sub sp, #20\n\t"
            "mov r7, r0\n\t"
            "mov r9, r1\n\t"
            "mov r11, r3\n\t"
            "ldm r2, {r1, r3, r5}\n\t"
            "add r0, r12, r10, lsl #2\n\t"
            "add r2, r11, #15\n\t"
            "bic r2, r2, #15\n\t"
            "stm sp, {r0, r1, r2, r3, r5}\n"
            "1:\n\t"
            "clrm {r0, r2, r4, r6, r8, r10}\n\t"
            "dlstp.8 lr, r11\n"
            "2:\n\t"
            "vldrb.8 q0, [r7], #16\n\t"
            "vldrb.8 q2, [r1], #16\n\t"
            "vmladava.s8 r0, q0, q2\n\t"
            "vldrb.8 q1, [r9], #16\n\t"
            "vmladava.s8 r2, q1, q2\n\t"
            "vldrb.8 q3, [r3], #16\n\t"
            "vmladava.s8 r4, q0, q3\n\t"
            "vmladava.s8 r6, q1, q3\n\t"
            "vldrb.8 q2, [r5], #16\n\t"
            "vmladava.s8 r8, q0, q2\n\t"
            "vmladava.s8 r10, q1, q2\n\t"
            "letp lr, 2b\n\t"
            "strd r4, r6, [r12, #256]\n\t" /* 4 * AOT_MVE_BLOCK */
            "strd r8, r10, [r12, #512]\n\t"
            "strd r0, r2, [r12], #8\n\t"
            "ldm sp, {r0, r1, r2, r3, r5}\n\t"
            "sub r7, r9, r2\n\t"
            "add r7, r7, r11\n\t"
            "add r9, r7, r11\n\t"
            "cmp r12, r0\n\t"
            "bne 1b\n\t"
            "add sp, #20\n\t"
            "pop {r4-r11, pc}\n\t");
}
#endif

typedef struct {
    const int8_t *weights; /* [channel][depth], as the model has them */
    aot_mve_factors factors;
    int32_t depth;
    int32_t channels;
} aot_mve_matrix;

/* All channels of 3 pixels; their outputs go to out, out + second and out + third.  `sums`: AOT_MVE_PIXELS *
 * AOT_MVE_BLOCK words. */
static inline void aot_mve_matrix_multiply(const aot_mve_matrix *matrix, const aot_mve_windows *windows, int8_t *out,
                                           int32_t second, int32_t third, aot_int32 *sums,
                                           aot_mve_requantize_function *requantize) {
    const int32_t depth = matrix->depth;
    const int8_t *weights = matrix->weights;
    const int32_t *groups = matrix->factors.groups;
    for (int32_t left = matrix->channels; left > 0; left -= AOT_MVE_BLOCK) {
        const int32_t count = aot_min(left, AOT_MVE_BLOCK), even = count & ~1;
        if (even > 0) {
            aot_mve_matrix_sums(weights, weights + depth, windows, depth, even, sums);
        }
        if (count > even) { /* an odd last channel is computed twice */
            const int8_t *last = weights + even * depth;
            aot_mve_matrix_sums(last, last, windows, depth, 2, sums + even);
        }
        requantize(&matrix->factors, groups, sums, out, second, third, count);
        weights += AOT_MVE_BLOCK * depth;
        groups += AOT_MVE_BLOCK / 8 * AOT_MVE_GROUP_WORDS;
        out += AOT_MVE_BLOCK;
    }
}

#endif
