/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The products of depthwise_conv_2d.h: 3x3 weights times the gathered rows of one channel.
 *
 * Weights of a row are lanes w01 and w12.  Of the pixels x01 and x23 of a row
 *
 *     left output += SMLAD(x01, w01) + SMLABT(x23, w12)
 *     right output += SMLATB(x01, w01) + SMLAD(x23, w12)
 * Stride 1: 2 x 2 outputs from 4 rows: 4 LDRD, 24 products, 12 instructions per output in all.  6 words of weights, 4
 * sums, 2 pixel words and 2 pointers fill the 14 registers.  Stride 2: 2 outputs, one above the other, from 5 rows.
 *
 * Rounding.  As in matrix.h; what is there a shift of the sum is applied to the weights when they become lanes (2^t
 * times a byte fits 16 bits for t <= 8) and to `start`, so a one-sided output takes SMMLA, SSAT and STRB. */
#ifndef AOT_DSP_DEPTHWISE_PLANE_H
#define AOT_DSP_DEPTHWISE_PLANE_H

#include "depthwise_gather.h"

/* The outputs of one channel in one band.  The assembly knows the order of the fields. */
typedef struct {
    int32_t next_lanes;  /* bytes from one tile's lanes to the next one's */
    int32_t next_output; /* the same for its outputs */
    int8_t *row_end;     /* room for the callee */
    int32_t start;
    int32_t multiplier;
    int32_t round;
    int32_t right; /* room for the callee: bytes to the output on the right */
    int32_t below; /* bytes to the output below */
    const aot_uint32 *lanes;
    int8_t *output;
    const int8_t *last_row; /* its outputs' address; 0 if the number of rows is even */
    const int8_t *end;      /* where output is after the last pair of rows */
    int32_t next_rows;      /* bytes from a pair of output rows to the next */
    int32_t row_bytes;      /* from the first to the last output of a row */
    int32_t column;         /* bytes from one output to the next */
    int32_t exponent;
    uint32_t weights[6]; /* lanes w01, w12 of each row */
    aot_range range;
} aot_dsp_depthwise_plane;

typedef void aot_dsp_depthwise_function(const aot_dsp_depthwise_plane *plane);

/* How sums become outputs, a constant of the kernel class: E (1..20) for one-sided rounding, or one of these. */
enum { AOT_DSP_DEPTHWISE_TWO_SIDED = 0, AOT_DSP_DEPTHWISE_CLAMPED = -1 };

/* ---- the products of a plane, in C ---- */

AOT_INLINE int8_t aot_dsp_depthwise_requantize(const aot_dsp_depthwise_plane *plane, int32_t sum, int requantize) {
    if (requantize > 0) {
        return aot_saturate(aot_dsp_mac_upper(sum, plane->multiplier, plane->round) >> requantize);
    }
    const int32_t value =
        aot_dsp_mac_upper_rounded(sum, plane->multiplier, plane->round + (sum >> 31)) >> plane->exponent;
    return (int8_t)(requantize == AOT_DSP_DEPTHWISE_CLAMPED ? aot_limit(value, &plane->range) : aot_saturate(value));
}

/* One output; `lanes`: those of its first row.  `odd`: it is the right one of a pair. */
AOT_INLINE int8_t aot_dsp_depthwise_output(const aot_dsp_depthwise_plane *plane, const aot_uint32 *lanes, int odd,
                                           int requantize) {
    uint32_t sum = (uint32_t)plane->start;
    for (int32_t row = 0; row < 3; ++row, lanes += 2 * AOT_DSP_GATHERED) {
        const uint32_t w01 = plane->weights[2 * row], w12 = plane->weights[2 * row + 1];
        sum = odd ? aot_dsp_mac_high_low(lanes[0], w01, sum) : aot_dsp_mac_both(lanes[0], w01, sum);
        sum = odd ? aot_dsp_mac_both(lanes[1], w12, sum) : aot_dsp_mac_low_high(lanes[1], w12, sum);
    }
    return aot_dsp_depthwise_requantize(plane, (int32_t)sum, requantize);
}

AOT_INLINE void aot_dsp_depthwise_in_c(const aot_dsp_depthwise_plane *plane, int32_t stride, int requantize) {
    const int32_t below = 2 * AOT_DSP_GATHERED * stride;
    int8_t *row = plane->output;
    for (const aot_uint32 *lanes = plane->lanes; row != plane->end; lanes += 2 * below, row += plane->next_rows) {
        const aot_uint32 *from = lanes;
        int8_t *end = row + plane->row_bytes;
        for (int8_t *to = row; to <= end; to += plane->next_output, from += plane->next_lanes / 4) {
            to[0] = aot_dsp_depthwise_output(plane, from, 0, requantize);
            if (stride == 1 && to != end) {
                to[plane->column] = aot_dsp_depthwise_output(plane, from, 1, requantize);
            }
            if (row != plane->last_row) {
                to[plane->below] = aot_dsp_depthwise_output(plane, from + below, 0, requantize);
                if (stride == 1 && to != end) {
                    to[plane->below + plane->column] = aot_dsp_depthwise_output(plane, from + below, 1, requantize);
                }
            }
        }
    }
}

/* ---- the same in assembly ----
 * 14 values in registers and LDM of the frame: 48 instructions for 4 outputs.
 *
 *   r6 .. r11 weights       r0 r1 the lanes of a row       r12 address of the lanes       lr of the outputs
 *   r4 r5 sums of the upper outputs (stride 2: upper and lower)       r2 r3 of the lower ones; at first r3 is start
 *
 * The plane is copied to the stack, where its fields are at
 *    0 next_lanes    4 next_output    8 row_end   12 start        16 multiplier  20 round     24 right       28 below
 *   32 lanes        36 output        40 last_row  44 end          48 next_rows   52 row_bytes 56 channels    60
 * exponent 64 weights */
#if AOT_DSP_ASSEMBLY

#define AOT_DSP_DEPTHWISE_BEGIN                                                                                        \
    "push {r4-r11, lr}\n\t"                                                                                            \
    "sub sp, #88\n\t"                                                                                                  \
    "mov r12, sp\n\t"                                                                                                  \
    "ldmia r0!, {r1-r11}\n\t"                                                                                          \
    "stmia r12!, {r1-r11}\n\t"                                                                                         \
    "ldmia r0, {r1-r11}\n\t"                                                                                           \
    "stmia r12, {r1-r11}\n\t"

/* Each pair of rows: 1; each tile: 2; after it: 3. */
#define AOT_DSP_DEPTHWISE_ROWS                                                                                         \
    "1:\n\t"                                                                                                           \
    "ldrd r12, lr, [sp, #32]\n\t"                                                                                      \
    "ldrd r0, r1, [sp, #52]\n\t"                                                                                       \
    "add r2, lr, r0\n\t"                                                                                               \
    "str r2, [sp, #8]\n\t"                                                                                             \
    "str r1, [sp, #24]\n\t"                                                                                            \
    "ldr r0, [sp, #40]\n\t"                                                                                            \
    "cmp lr, r0\n\t"                                                                                                   \
    "itt eq\n\t"                                                                                                       \
    "moveq r0, #0\n\t"                                                                                                 \
    "streq r0, [sp, #28]\n\t"                                                                                          \
    "ldr r3, [sp, #12]\n\t"

#define AOT_DSP_DEPTHWISE_PRODUCTS_1                                                                                   \
    "ldrd r0, r1, [r12, #0]\n\t"                                                                                       \
    "smlad r4, r0, r6, r3\n\t"                                                                                         \
    "smlabt r4, r1, r7, r4\n\t"                                                                                        \
    "smlatb r5, r0, r6, r3\n\t"                                                                                        \
    "smlad r5, r1, r7, r5\n\t"                                                                                         \
    "ldrd r0, r1, [r12, #32]\n\t"                                                                                      \
    "smlad r4, r0, r8, r4\n\t"                                                                                         \
    "smlabt r4, r1, r9, r4\n\t"                                                                                        \
    "smlatb r5, r0, r8, r5\n\t"                                                                                        \
    "smlad r5, r1, r9, r5\n\t"                                                                                         \
    "smlad r2, r0, r6, r3\n\t"                                                                                         \
    "smlabt r2, r1, r7, r2\n\t"                                                                                        \
    "smlatb r3, r0, r6, r3\n\t"                                                                                        \
    "smlad r3, r1, r7, r3\n\t"                                                                                         \
    "ldrd r0, r1, [r12, #64]\n\t"                                                                                      \
    "smlad r4, r0, r10, r4\n\t"                                                                                        \
    "smlabt r4, r1, r11, r4\n\t"                                                                                       \
    "smlatb r5, r0, r10, r5\n\t"                                                                                       \
    "smlad r5, r1, r11, r5\n\t"                                                                                        \
    "smlad r2, r0, r8, r2\n\t"                                                                                         \
    "smlabt r2, r1, r9, r2\n\t"                                                                                        \
    "smlatb r3, r0, r8, r3\n\t"                                                                                        \
    "smlad r3, r1, r9, r3\n\t"                                                                                         \
    "ldrd r0, r1, [r12, #96]\n\t"                                                                                      \
    "smlad r2, r0, r10, r2\n\t"                                                                                        \
    "smlabt r2, r1, r11, r2\n\t"                                                                                       \
    "smlatb r3, r0, r10, r3\n\t"                                                                                       \
    "smlad r3, r1, r11, r3\n\t"

#define AOT_DSP_DEPTHWISE_PRODUCTS_2                                                                                   \
    "ldrd r0, r1, [r12, #0]\n\t"                                                                                       \
    "smlad r4, r0, r6, r3\n\t"                                                                                         \
    "smlabt r4, r1, r7, r4\n\t"                                                                                        \
    "ldrd r0, r1, [r12, #32]\n\t"                                                                                      \
    "smlad r4, r0, r8, r4\n\t"                                                                                         \
    "smlabt r4, r1, r9, r4\n\t"                                                                                        \
    "ldrd r0, r1, [r12, #64]\n\t"                                                                                      \
    "smlad r4, r0, r10, r4\n\t"                                                                                        \
    "smlabt r4, r1, r11, r4\n\t"                                                                                       \
    "smlad r5, r0, r6, r3\n\t"                                                                                         \
    "smlabt r5, r1, r7, r5\n\t"                                                                                        \
    "ldrd r0, r1, [r12, #96]\n\t"                                                                                      \
    "smlad r5, r0, r8, r5\n\t"                                                                                         \
    "smlabt r5, r1, r9, r5\n\t"                                                                                        \
    "ldrd r0, r1, [r12, #128]\n\t"                                                                                     \
    "smlad r5, r0, r10, r5\n\t"                                                                                        \
    "smlabt r5, r1, r11, r5\n\t"

/* After the products: stores, and on to the next tile.  The last of an odd number of columns has nothing on its right.
 */
#define AOT_DSP_DEPTHWISE_STORE_1                                                                                      \
    "ldrd r0, r1, [sp, #24]\n\t"                                                                                       \
    "add r1, r1, lr\n\t"                                                                                               \
    "strb r3, [r1, r0]\n\t"                                                                                            \
    "strb r2, [r1]\n\t"                                                                                                \
    "strb r5, [lr, r0]\n\t"                                                                                            \
    "strb r4, [lr]\n\t"                                                                                                \
    "ldmia sp, {r0-r3}\n\t"                                                                                            \
    "add r12, r12, r0\n\t"                                                                                             \
    "add lr, lr, r1\n\t"                                                                                               \
    "3:\n\t"                                                                                                           \
    "cmp lr, r2\n\t"                                                                                                   \
    "blo 2b\n\t"                                                                                                       \
    "bhi 4f\n\t"                                                                                                       \
    "mov r0, #0\n\t"                                                                                                   \
    "str r0, [sp, #24]\n\t"                                                                                            \
    "b 2b\n\t"

#define AOT_DSP_DEPTHWISE_STORE_2                                                                                      \
    "ldr r0, [sp, #28]\n\t"                                                                                            \
    "strb r5, [lr, r0]\n\t"                                                                                            \
    "strb r4, [lr]\n\t"                                                                                                \
    "ldmia sp, {r0-r3}\n\t"                                                                                            \
    "add r12, r12, r0\n\t"                                                                                             \
    "add lr, lr, r1\n\t"                                                                                               \
    "cmp lr, r2\n\t"                                                                                                   \
    "bls 2b\n\t"

#define AOT_DSP_DEPTHWISE_END(rows_bytes)                                                                              \
    "4:\n\t"                                                                                                           \
    "ldrd r0, r1, [sp, #32]\n\t"                                                                                       \
    "add r0, r0, #" #rows_bytes "\n\t"                                                                                 \
    "ldrd r2, r3, [sp, #44]\n\t"                                                                                       \
    "add r1, r1, r3\n\t"                                                                                               \
    "strd r0, r1, [sp, #32]\n\t"                                                                                       \
    "cmp r1, r2\n\t"                                                                                                   \
    "bne 1b\n\t"                                                                                                       \
    "add sp, #88\n\t"                                                                                                  \
    "pop {r4-r11, pc}\n\t"

/* Sums to outputs: multiplier and round are r0 and r1.  Two-sided rounding needs two registers more: r12 and lr wait on
 * the stack, where next_lanes and next_output are not needed before they are loaded again. */
#define AOT_DSP_DEPTHWISE_MULTIPLIER "ldrd r0, r1, [sp, #16]\n\t"
#define AOT_DSP_DEPTHWISE_ONE(r, bits) "smmla " r ", " r ", r0, r1\n\tssat " r ", #8, " r ", asr #" #bits "\n\t"
#define AOT_DSP_DEPTHWISE_TWO(r)                                                                                       \
    "add lr, r1, " r ", asr #31\n\tsmmlar " r ", " r ", r0, lr\n\tasr " r ", " r ", r12\n\tssat " r ", #8, " r "\n\t"
#define AOT_DSP_DEPTHWISE_SAVE "sub sp, #8\n\tstrd r12, lr, [sp]\n\tldr r12, [sp, #68]\n\tldrd r0, r1, [sp, #24]\n\t"
#define AOT_DSP_DEPTHWISE_RESTORE "ldrd r12, lr, [sp], #8\n\t"

AOT_ASSERT_OFFSET(aot_dsp_depthwise_plane, next_lanes, 0);
AOT_ASSERT_OFFSET(aot_dsp_depthwise_plane, next_output, 4);
AOT_ASSERT_OFFSET(aot_dsp_depthwise_plane, row_end, 8);
AOT_ASSERT_OFFSET(aot_dsp_depthwise_plane, start, 12);
AOT_ASSERT_OFFSET(aot_dsp_depthwise_plane, multiplier, 16);
AOT_ASSERT_OFFSET(aot_dsp_depthwise_plane, round, 20);
AOT_ASSERT_OFFSET(aot_dsp_depthwise_plane, right, 24);
AOT_ASSERT_OFFSET(aot_dsp_depthwise_plane, below, 28);
AOT_ASSERT_OFFSET(aot_dsp_depthwise_plane, lanes, 32);
AOT_ASSERT_OFFSET(aot_dsp_depthwise_plane, output, 36);
AOT_ASSERT_OFFSET(aot_dsp_depthwise_plane, last_row, 40);
AOT_ASSERT_OFFSET(aot_dsp_depthwise_plane, end, 44);
AOT_ASSERT_OFFSET(aot_dsp_depthwise_plane, next_rows, 48);
AOT_ASSERT_OFFSET(aot_dsp_depthwise_plane, row_bytes, 52);
AOT_ASSERT_OFFSET(aot_dsp_depthwise_plane, column, 56);
AOT_ASSERT_OFFSET(aot_dsp_depthwise_plane, exponent, 60);
AOT_ASSERT_OFFSET(aot_dsp_depthwise_plane, weights, 64);
AOT_ASSERT_OFFSET(aot_dsp_depthwise_plane, range, 88);

#define AOT_DSP_DEPTHWISE_NAKED(name)                                                                                  \
    __attribute__((naked, noinline, unused)) static void name(const aot_dsp_depthwise_plane *plane                     \
                                                              __attribute__((unused)))

/* Defines the function of a kernel class. */
#define AOT_DSP_DEPTHWISE_ONE_SIDED_1(name, bits)                                                                      \
    AOT_DSP_DEPTHWISE_NAKED(name) {                                                                                    \
        __asm__(AOT_DSP_DEPTHWISE_BEGIN AOT_DSP_DEPTHWISE_ROWS                                                         \
                "ldr r2, [sp, #8]\n\t"                                                                                 \
                "b 3f\n2:\n\t" AOT_DSP_DEPTHWISE_PRODUCTS_1 AOT_DSP_DEPTHWISE_MULTIPLIER AOT_DSP_DEPTHWISE_ONE(        \
                    "r2", bits) AOT_DSP_DEPTHWISE_ONE("r3", bits) AOT_DSP_DEPTHWISE_ONE("r4", bits)                    \
                    AOT_DSP_DEPTHWISE_ONE("r5", bits) AOT_DSP_DEPTHWISE_STORE_1 AOT_DSP_DEPTHWISE_END(64));            \
    }
#define AOT_DSP_DEPTHWISE_TWO_SIDED_1(name)                                                                            \
    AOT_DSP_DEPTHWISE_NAKED(name) {                                                                                    \
        __asm__(AOT_DSP_DEPTHWISE_BEGIN AOT_DSP_DEPTHWISE_ROWS                                                         \
                "ldr r2, [sp, #8]\n\t"                                                                                 \
                "b 3f\n2:\n\t" AOT_DSP_DEPTHWISE_PRODUCTS_1 AOT_DSP_DEPTHWISE_SAVE AOT_DSP_DEPTHWISE_TWO("r2")         \
                    AOT_DSP_DEPTHWISE_TWO("r3") AOT_DSP_DEPTHWISE_TWO("r4") AOT_DSP_DEPTHWISE_TWO("r5")                \
                        AOT_DSP_DEPTHWISE_RESTORE AOT_DSP_DEPTHWISE_STORE_1 AOT_DSP_DEPTHWISE_END(64));                \
    }
#define AOT_DSP_DEPTHWISE_ONE_SIDED_2(name, bits)                                                                      \
    AOT_DSP_DEPTHWISE_NAKED(name) {                                                                                    \
        __asm__(AOT_DSP_DEPTHWISE_BEGIN AOT_DSP_DEPTHWISE_ROWS                                                         \
                "2:\n\t" AOT_DSP_DEPTHWISE_PRODUCTS_2 AOT_DSP_DEPTHWISE_MULTIPLIER AOT_DSP_DEPTHWISE_ONE("r4", bits)   \
                    AOT_DSP_DEPTHWISE_ONE("r5", bits) AOT_DSP_DEPTHWISE_STORE_2 AOT_DSP_DEPTHWISE_END(128));           \
    }
#define AOT_DSP_DEPTHWISE_TWO_SIDED_2(name)                                                                            \
    AOT_DSP_DEPTHWISE_NAKED(name) {                                                                                    \
        __asm__(AOT_DSP_DEPTHWISE_BEGIN AOT_DSP_DEPTHWISE_ROWS                                                         \
                "2:\n\t" AOT_DSP_DEPTHWISE_PRODUCTS_2 AOT_DSP_DEPTHWISE_SAVE AOT_DSP_DEPTHWISE_TWO("r4")               \
                    AOT_DSP_DEPTHWISE_TWO("r5")                                                                        \
                        AOT_DSP_DEPTHWISE_RESTORE AOT_DSP_DEPTHWISE_STORE_2 AOT_DSP_DEPTHWISE_END(128));               \
    }

#else

#define AOT_DSP_DEPTHWISE_IN_C(name, stride, requantize)                                                               \
    __attribute__((noinline, unused)) static void name(const aot_dsp_depthwise_plane *plane) {                         \
        aot_dsp_depthwise_in_c(plane, stride, requantize);                                                             \
    }
#define AOT_DSP_DEPTHWISE_ONE_SIDED_1(name, bits) AOT_DSP_DEPTHWISE_IN_C(name, 1, bits)
#define AOT_DSP_DEPTHWISE_ONE_SIDED_2(name, bits) AOT_DSP_DEPTHWISE_IN_C(name, 2, bits)
#define AOT_DSP_DEPTHWISE_TWO_SIDED_1(name) AOT_DSP_DEPTHWISE_IN_C(name, 1, AOT_DSP_DEPTHWISE_TWO_SIDED)
#define AOT_DSP_DEPTHWISE_TWO_SIDED_2(name) AOT_DSP_DEPTHWISE_IN_C(name, 2, AOT_DSP_DEPTHWISE_TWO_SIDED)

#endif

/* Rarely needed: an activation that ends inside the 8-bit range. */
#define AOT_DSP_DEPTHWISE_CLAMPED_ANY(name, stride)                                                                    \
    __attribute__((noinline, unused)) static void name(const aot_dsp_depthwise_plane *plane) {                         \
        aot_dsp_depthwise_in_c(plane, stride, AOT_DSP_DEPTHWISE_CLAMPED);                                              \
    }

#endif
