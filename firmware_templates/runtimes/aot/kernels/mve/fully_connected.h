/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* FULLY_CONNECTED, int8, with one scale or one for each output channel, for cores with Helium (MVE).
 *
 * Layouts: input [rows][depth], weights [channel][depth] as the model has them, output [rows][channel].  (Three rows
 * and more are a 1x1 convolution: matrix.h.)
 *
 * Blocking.  1 row x 6 channels: 6 sums in the even registers VMLADAVA wants, 7 pointers and LR for the hardware loop
 * are 14 registers.  16 inputs take 7 loads + 6 VMLADAVA + LETP for 96 products: 0.146 instructions per product.  LETP
 * predicates the last round, so any depth will do.  The last 6 channels of a count that is no multiple of 6 overlap
 * those before; fewer than 6 channels are done one by one.
 *
 * Assembly for the reasons given in matrix.h; aot_mve_row_sums_in_c is the twin. */
#ifndef AOT_MVE_FULLY_CONNECTED_H
#define AOT_MVE_FULLY_CONNECTED_H

#include "requantize.h"

#define AOT_MVE_TOGETHER 6
/* Channels whose sums are kept between products and rescaling: a multiple of 6 and of 8; ROW_BLOCK of mve/rows.py. */
#define AOT_MVE_ROW_BLOCK 48

typedef struct {
    const int8_t *weights;
    aot_mve_factors factors;
    int32_t rows;
    int32_t depth;
    int32_t channels;
} aot_mve_fully_connected_layer;

/* sums[channel] for 6 * `blocks` rows of weights. */
__attribute__((unused)) static void aot_mve_row_sums_in_c(const int8_t *weights, const int8_t *x, int32_t depth,
                                                          aot_int32 *sums, int32_t count) {
    for (int32_t c = 0; c < count; ++c) {
        int32_t sum = 0;
        for (int32_t i = 0; i < depth; i += 16) {
            const int32_t left = depth - i;
            sum = vmladavaq_s8(sum, aot_mve_load_bytes(x + i, left), aot_mve_load_bytes(weights + i, left));
        }
        sums[c] = sum;
        weights += depth;
    }
}

#if defined(AOT_MVE_PLAIN)
#define aot_mve_row_sums aot_mve_row_sums_in_c
#else

/* `count`: a multiple of 6, above 0.
 * r0 r2 r4 r6 r8 r10: sums    r1: input    r3 r5 r7 r9 r11 r12: weights    lr: bytes left
 * Stack: from the end of a row to where the pointer goes next, input, depth, where sums go, their end. */
__attribute__((naked, noinline, unused)) static void aot_mve_row_sums(const int8_t *weights __attribute__((unused)),
                                                                      const int8_t *x __attribute__((unused)),
                                                                      int32_t depth __attribute__((unused)),
                                                                      aot_int32 *sums __attribute__((unused)),
                                                                      int32_t count __attribute__((unused))) {
    __asm__("push {r4-r11, lr}\n\t"
            "ldr r6, [sp, #36]\n\t" /* count */
            "sub sp, #20\n\t"
            "add r6, r3, r6, lsl #2\n\t"
            "strd r1, r2, [sp, #4]\n\t"
            "strd r3, r6, [sp, #12]\n\t"
            "mov r3, r0\n\t"
            "add r5, r3, r2\n\t"
            "add r7, r5, r2\n\t"
            "add r9, r7, r2\n\t"
            "add r11, r9, r2\n\t"
            "add r12, r11, r2\n\t"
            "add r0, r2, r2, lsl #1\n\t"
            "add r4, r2, #15\n\t"
            "bic r4, r4, #15\n\t"
            "rsb r0, r4, r0, lsl #1\n\t"
            "str r0, [sp]\n"
            "1:\n\t"
            "ldrd r1, r2, [sp, #4]\n\t"
            "dlstp.8 lr, r2\n\t"
            "clrm {r0, r2, r4, r6, r8, r10}\n"
            "2:\n\t"
            "vldrb.8 q0, [r1], #16\n\t"
            "vldrb.8 q1, [r3], #16\n\t"
            "vmladava.s8 r0, q0, q1\n\t"
            "vldrb.8 q2, [r5], #16\n\t"
            "vmladava.s8 r2, q0, q2\n\t"
            "vldrb.8 q3, [r7], #16\n\t"
            "vmladava.s8 r4, q0, q3\n\t"
            "vldrb.8 q1, [r9], #16\n\t"
            "vmladava.s8 r6, q0, q1\n\t"
            "vldrb.8 q2, [r11], #16\n\t"
            "vmladava.s8 r8, q0, q2\n\t"
            "vldrb.8 q3, [r12], #16\n\t"
            "vmladava.s8 r10, q0, q3\n\t"
            "letp lr, 2b\n\t"
            "ldr r1, [sp, #12]\n\t"
            "stm r1!, {r0, r2, r4, r6, r8, r10}\n\t"
            "str r1, [sp, #12]\n\t"
            "ldr r0, [sp]\n\t"
            "add r3, r0\n\t"
            "add r5, r0\n\t"
            "add r7, r0\n\t"
            "add r9, r0\n\t"
            "add r11, r0\n\t"
            "add r12, r0\n\t"
            "ldr r2, [sp, #16]\n\t"
            "cmp r1, r2\n\t"
            "bne 1b\n\t"
            "add sp, #20\n\t"
            "pop {r4-r11, pc}\n\t");
}
#endif

/* `count` channels from `first` on. */
AOT_INLINE void aot_mve_fully_connected_sums(const aot_mve_fully_connected_layer *layer, const int8_t *input,
                                             int32_t first, int32_t count, aot_int32 *sums) {
    const int32_t depth = layer->depth, whole = count / AOT_MVE_TOGETHER * AOT_MVE_TOGETHER;
    const int8_t *weights = layer->weights + first * depth;
    if (whole > 0) {
        aot_mve_row_sums(weights, input, depth, sums, whole);
    }
    if (whole < count && first + count >= AOT_MVE_TOGETHER) {
        const int32_t last = count - AOT_MVE_TOGETHER; /* below 0: sums in front of the first */
        aot_mve_row_sums(weights + last * depth, input, depth, sums + last, AOT_MVE_TOGETHER);
    } else {
        aot_mve_row_sums_in_c(weights, input, depth, sums, count - whole);
    }
}

/* `scratch`: 8 + AOT_MVE_ROW_BLOCK words.  `per_channel` and `kind` are constants of the kernel class. */
AOT_INLINE void aot_mve_fully_connected(const aot_mve_fully_connected_layer *layer, const int8_t *input, int8_t *output,
                                        aot_int32 *scratch, int per_channel, int kind) {
    aot_int32 *sums = scratch + 8;
    for (int32_t row = 0; row < layer->rows; ++row, input += layer->depth, output += layer->channels) {
        const int32_t *groups = layer->factors.groups;
        for (int32_t first = 0; first < layer->channels; first += AOT_MVE_ROW_BLOCK) {
            const int32_t count = aot_min(layer->channels - first, AOT_MVE_ROW_BLOCK);
            aot_mve_fully_connected_sums(layer, input, first, count, sums);
            if (per_channel) {
                aot_mve_requantize(&layer->factors, groups, sums, output + first, 0, 0, count, 1, kind);
                groups += AOT_MVE_ROW_BLOCK / 8 * AOT_MVE_GROUP_WORDS;
            } else {
                aot_mve_requantize_shared(&layer->factors, groups, sums, output + first, count, kind);
                groups += AOT_MVE_ROW_BLOCK;
            }
        }
    }
}

#endif
