/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* ADD, int8, of tensors of one shape, for cores with the DSP extension: linear_add.h has the arithmetic.
 *
 * Bytes become lanes times 256 by masking (w & 0xFF00FF00, w << 8 & 0xFF00FF00); SMLAWB and SMLAWT multiply 32 by 16
 * bits, drop 16 and add: 6.5 instructions per element.  The output may take the place of either input. */
#ifndef AOT_DSP_ADD_H
#define AOT_DSP_ADD_H

#include "../linear_add.h"
#include "instructions.h"

/* sum + (factor * low or high lane >> 16). */
AOT_INLINE int32_t aot_dsp_add_low(int32_t factor, uint32_t lanes, int32_t sum) {
#if AOT_DSP_ASSEMBLY
    int32_t result;
    __asm__("smlawb %0, %1, %2, %3" : "=r"(result) : "r"(factor), "r"(lanes), "r"(sum));
    return result;
#else
    return sum + (int32_t)(((int64_t)factor * aot_dsp_low(lanes)) >> 16);
#endif
}

AOT_INLINE int32_t aot_dsp_add_high(int32_t factor, uint32_t lanes, int32_t sum) {
#if AOT_DSP_ASSEMBLY
    int32_t result;
    __asm__("smlawt %0, %1, %2, %3" : "=r"(result) : "r"(factor), "r"(lanes), "r"(sum));
    return result;
#else
    return sum + (int32_t)(((int64_t)factor * aot_dsp_high(lanes)) >> 16);
#endif
}

AOT_INLINE int8_t aot_dsp_add_requantize(const aot_linear_add *f, int32_t sum, int clamped) {
    return (int8_t)(clamped ? aot_limit(sum >> AOT_LINEAR_ADD_FRACTION_BITS, &f->range)
                            : AOT_DSP_SATURATE_SHIFTED(sum, AOT_LINEAR_ADD_FRACTION_BITS));
}

/* `count` elements; `clamped` is a constant of the kernel class: the activation ends inside the 8-bit range. */
AOT_INLINE void aot_dsp_add(const aot_linear_add *factors, const int8_t *input1, const int8_t *input2, int8_t *output,
                            int32_t count, int clamped) {
    const int32_t start = factors->start, f1 = factors->factor1, f2 = factors->factor2;
    uint32_t mask = 0xFF00FF00u;
    AOT_KEEP_IN_REGISTER(mask);
    for (; count >= 4; count -= 4) {
        const uint32_t x = aot_dsp_load_word(input1), y = aot_dsp_load_word(input2);
        input1 += 4;
        input2 += 4;
        const uint32_t x13 = x & mask, x02 = (x << 8) & mask, y13 = y & mask, y02 = (y << 8) & mask;
        const int8_t z0 =
            aot_dsp_add_requantize(factors, aot_dsp_add_low(f2, y02, aot_dsp_add_low(f1, x02, start)), clamped);
        const int8_t z1 =
            aot_dsp_add_requantize(factors, aot_dsp_add_low(f2, y13, aot_dsp_add_low(f1, x13, start)), clamped);
        const int8_t z2 =
            aot_dsp_add_requantize(factors, aot_dsp_add_high(f2, y02, aot_dsp_add_high(f1, x02, start)), clamped);
        const int8_t z3 =
            aot_dsp_add_requantize(factors, aot_dsp_add_high(f2, y13, aot_dsp_add_high(f1, x13, start)), clamped);
        output[0] = z0;
        output[1] = z1;
        output[2] = z2;
        output[3] = z3;
        output += 4;
    }
    for (; count > 0; --count) {
        const uint32_t x = (uint32_t)*input1++ << 8, y = (uint32_t)*input2++ << 8;
        *output++ = aot_dsp_add_requantize(factors, aot_dsp_add_low(f2, y, aot_dsp_add_low(f1, x, start)), clamped);
    }
}

#endif
