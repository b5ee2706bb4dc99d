/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* ADD, int8, of tensors of one shape, for cores with Helium (MVE): linear_add.h has the arithmetic.
 *
 * VMULH of x << 24 and f is x * f >> 8.  16 bytes are four vectors of one byte of each word, shifted and masked to the
 * top; VQMOVNB and VQMOVNT narrow the sums, saturated, and put them back in order: 3.6 instructions per element.  The
 * output may take the place of either input.
 *
 * (VQSHRNB and VQSHRNT would shift and narrow at once, but in QEMU 7.2 with GCC 12 their results are rounded.) */
#ifndef AOT_MVE_ADD_H
#define AOT_MVE_ADD_H

#include "../linear_add.h"
#include "accesses.h"

/* Byte `byte` (a constant) of each word, times 2^24. */
AOT_INLINE int32x4_t aot_mve_top(int32x4_t words, int32x4_t mask, int byte) {
    if (byte == 0) {
        return vshlq_n_s32(words, 24);
    }
    return vandq_s32(byte == 3 ? words : byte == 2 ? vshlq_n_s32(words, 8) : vshlq_n_s32(words, 16), mask);
}

/* `count` elements; `clamped` is a constant of the kernel class: the activation ends inside the 8-bit range. */
AOT_INLINE void aot_mve_add(const aot_linear_add *factors, const int8_t *input1, const int8_t *input2, int8_t *output,
                            int32_t count, int clamped) {
    const int32x4_t mask = vreinterpretq_s32_u32(vdupq_n_u32(UINT32_C(0xFF000000)));
    const int32x4_t factor1 = vdupq_n_s32(factors->factor1), factor2 = vdupq_n_s32(factors->factor2);
    const int32_t start = factors->start;
    const int8_t minimum = (int8_t)factors->range.minimum, maximum = (int8_t)factors->range.maximum;
    for (; count > 0; count -= 16) {
        const int32x4_t x = vreinterpretq_s32_s8(aot_mve_load_bytes(input1, count));
        const int32x4_t y = vreinterpretq_s32_s8(aot_mve_load_bytes(input2, count));
#define AOT_MVE_ADD_BYTE(byte)                                                                                         \
    vshrq_n_s32(vaddq_n_s32(vaddq_s32(vmulhq_s32(aot_mve_top(x, mask, byte), factor1),                                 \
                                      vmulhq_s32(aot_mve_top(y, mask, byte), factor2)),                                \
                            start),                                                                                    \
                AOT_LINEAR_ADD_FRACTION_BITS)
        int16x8_t even = vqmovnbq_s32(vreinterpretq_s16_s32(x), AOT_MVE_ADD_BYTE(0));
        even = vqmovntq_s32(even, AOT_MVE_ADD_BYTE(2));
        int16x8_t odd = vqmovnbq_s32(vreinterpretq_s16_s32(y), AOT_MVE_ADD_BYTE(1));
        odd = vqmovntq_s32(odd, AOT_MVE_ADD_BYTE(3));
#undef AOT_MVE_ADD_BYTE
        int8x16_t outputs = vqmovntq_s16(vqmovnbq_s16(vreinterpretq_s8_s16(even), even), odd);
        if (clamped) {
            outputs = vminq_s8(vmaxq_s8(outputs, vdupq_n_s8(minimum)), vdupq_n_s8(maximum));
        }
        aot_mve_store_bytes(output, outputs, count);
        input1 += 16;
        input2 += 16;
        output += 16;
    }
}

#endif
