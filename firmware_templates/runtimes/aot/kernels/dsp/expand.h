/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* From inputs to the lanes that matrix.h multiplies: bytes of 3 pixels become pairs of 16-bit lanes.
 *
 * Of 4 inputs the first word has 0 and 2, the second 1 and 3, because that is what SXTB16 of a word and of the word
 * rotated by 8 gives; the weights are packed in the same order (byte_pairs.py, depth_order).  Words of the 3 pixels lie
 * side by side, for one LDM. */
#ifndef AOT_DSP_EXPAND_H
#define AOT_DSP_EXPAND_H

#include "instructions.h"

#define AOT_DSP_MATRIX_PIXELS 3

/* Where the window of one pixel is: `rows` runs of inputs, `row_step` apart. */
typedef struct {
    const int8_t *from;
    int32_t row_step;
} aot_dsp_window;

/* Runs of `count` inputs, a multiple of 4 and not 0, of 3 pixels become lanes: of 4 inputs first 0 and 2, then 1 and 3.
 */
AOT_INLINE aot_uint32 *aot_dsp_expand_run(const int8_t *a, const int8_t *b, const int8_t *c, int32_t count,
                                          aot_uint32 *to) {
#if AOT_DSP_ASSEMBLY && defined(__OPTIMIZE__) /* unoptimised code has no registers to spare */
    /* Assembly for the STM of 6 words, which GCC does not make: 12 instructions for 12 inputs.  High registers, so that
     * the low ones, of which GCC may want all for addresses, and r7 for its frame, are left to it. */
    __asm__ volatile("1:\n\t"
                     "ldr r8, [%[a]], #4\n\t"
                     "ldr r9, [%[b]], #4\n\t"
                     "ldr r10, [%[c]], #4\n\t"
                     "sxtb16 r11, r8, ror #8\n\t"
                     "sxtb16 r12, r9, ror #8\n\t"
                     "sxtb16 lr, r10, ror #8\n\t"
                     "sxtb16 r8, r8\n\t"
                     "sxtb16 r9, r9\n\t"
                     "sxtb16 r10, r10\n\t"
                     "subs %[count], #4\n\t"
                     "stmia %[to]!, {r8, r9, r10, r11, r12, lr}\n\t"
                     "bne 1b"
                     : [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [to] "+r"(to), [count] "+r"(count)
                     :
                     : "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
#else
    for (; count > 0; count -= 4, a += 4, b += 4, c += 4, to += 2 * AOT_DSP_MATRIX_PIXELS) {
        const uint32_t word[AOT_DSP_MATRIX_PIXELS] = {aot_dsp_load_word(a), aot_dsp_load_word(b), aot_dsp_load_word(c)};
        for (int32_t pixel = 0; pixel < AOT_DSP_MATRIX_PIXELS; ++pixel) {
            to[pixel] = aot_dsp_bytes_02(word[pixel]);
            to[AOT_DSP_MATRIX_PIXELS + pixel] = aot_dsp_bytes_13(word[pixel]);
        }
    }
#endif
    return to;
}

typedef int16_t __attribute__((may_alias)) aot_dsp_lane;

/* The windows of 3 pixels, each `rows` runs of `run` inputs, become lanes in the order in which the weights are packed
 * (byte_pairs.py, depth_order): see aot_dsp_expand_run; of a rest of 2 or 3 inputs the first and the last; what remains
 * of a rest of 1 or 3 shares a word with that of the next row (or with an old lane, whose weight is 0). */
__attribute__((noinline, unused)) static void aot_dsp_expand(const aot_dsp_window *windows, int32_t rows, int32_t run,
                                                             aot_uint32 *to) {
    const int8_t *a = windows[0].from, *b = windows[1].from, *c = windows[2].from;
    const int32_t whole = run & ~3, rest = run & 3;
    aot_dsp_lane *single = NULL;
    int32_t upper = 0;
    for (; rows > 0; --rows) {
        if (whole > 0) {
            to = aot_dsp_expand_run(a, b, c, whole, to);
        }
        if (rest >= 2) {
            const int32_t last = run - 1;
            to[0] = aot_dsp_lanes(a[whole], a[last]);
            to[1] = aot_dsp_lanes(b[whole], b[last]);
            to[2] = aot_dsp_lanes(c[whole], c[last]);
            to += AOT_DSP_MATRIX_PIXELS;
        }
        if ((rest & 1) != 0) {
            const int32_t index = whole + (rest >> 1);
            if (!upper) {
                single = (aot_dsp_lane *)to;
                to += AOT_DSP_MATRIX_PIXELS;
            }
            single[0] = a[index];
            single[2] = b[index];
            single[4] = c[index];
            ++single;
            upper ^= 1;
        }
        a += windows[0].row_step;
        b += windows[1].row_step;
        c += windows[2].row_step;
    }
}

#endif
