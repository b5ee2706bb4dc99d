/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the kernels for cores with the DSP extension (Cortex-M4, M7, M33) share: instructions and rounding.
 *
 * Each wrapper is one instruction there.  Without the extension it is plain C with the same results, so that the
 * kernels can be tested on any machine.  They are assembly because GCC's arm_acle.h does not pass -Wconversion and has
 * no words for rotations and shifts built into an instruction. */
#ifndef AOT_DSP_INSTRUCTIONS_H
#define AOT_DSP_INSTRUCTIONS_H

#include "../aot.h"

#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP && defined(__GNUC__) && !defined(AOT_DSP_PLAIN)
#define AOT_DSP_ASSEMBLY 1
#else
#define AOT_DSP_ASSEMBLY 0
#endif

/* Four bytes from any address.  The type keeps the compiler from merging loads into LDRD or LDM, which fault on
 * addresses that are no multiple of 4. */
typedef struct {
    uint32_t word;
} __attribute__((packed, may_alias)) aot_dsp_unaligned_word;

AOT_INLINE uint32_t aot_dsp_load_word(const int8_t *from) {
    return ((const aot_dsp_unaligned_word *)from)->word;
}

AOT_INLINE void aot_dsp_store_word(int8_t *to, uint32_t word) {
    ((aot_dsp_unaligned_word *)to)->word = word;
}

/* Two 16-bit lanes as one word. */
AOT_INLINE uint32_t aot_dsp_lanes(int32_t low, int32_t high) {
    return ((uint32_t)low & 0xFFFFu) | (uint32_t)high << 16;
}

AOT_INLINE int32_t aot_dsp_low(uint32_t lanes) {
    return (int16_t)lanes;
}

AOT_INLINE int32_t aot_dsp_high(uint32_t lanes) {
    return (int32_t)lanes >> 16;
}

/* Bytes 0 and 2 of `word`, sign-extended into two lanes. */
AOT_INLINE uint32_t aot_dsp_bytes_02(uint32_t word) {
#if AOT_DSP_ASSEMBLY
    uint32_t lanes;
    __asm__("sxtb16 %0, %1" : "=r"(lanes) : "r"(word));
    return lanes;
#else
    return aot_dsp_lanes((int8_t)word, (int8_t)(word >> 16));
#endif
}

/* Bytes 1 and 3. */
AOT_INLINE uint32_t aot_dsp_bytes_13(uint32_t word) {
#if AOT_DSP_ASSEMBLY
    uint32_t lanes;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(lanes) : "r"(word));
    return lanes;
#else
    return aot_dsp_lanes((int8_t)(word >> 8), (int8_t)(word >> 24));
#endif
}

/* sums + bytes 0 and 2 (1 and 3) of `word`, lane by lane. */
AOT_INLINE uint32_t aot_dsp_add_bytes_02(uint32_t sums, uint32_t word) {
#if AOT_DSP_ASSEMBLY
    uint32_t lanes;
    __asm__("sxtab16 %0, %1, %2" : "=r"(lanes) : "r"(sums), "r"(word));
    return lanes;
#else
    return aot_dsp_lanes(aot_dsp_low(sums) + (int8_t)word, aot_dsp_high(sums) + (int8_t)(word >> 16));
#endif
}

AOT_INLINE uint32_t aot_dsp_add_bytes_13(uint32_t sums, uint32_t word) {
#if AOT_DSP_ASSEMBLY
    uint32_t lanes;
    __asm__("sxtab16 %0, %1, %2, ror #8" : "=r"(lanes) : "r"(sums), "r"(word));
    return lanes;
#else
    return aot_dsp_lanes(aot_dsp_low(sums) + (int8_t)(word >> 8), aot_dsp_high(sums) + (int8_t)(word >> 24));
#endif
}

/* (low lane of a, low lane of b) and (high lane of a, high lane of b). */
AOT_INLINE uint32_t aot_dsp_pack_low(uint32_t a, uint32_t b) {
#if AOT_DSP_ASSEMBLY
    uint32_t lanes;
    __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(lanes) : "r"(a), "r"(b));
    return lanes;
#else
    return aot_dsp_lanes(aot_dsp_low(a), aot_dsp_low(b));
#endif
}

AOT_INLINE uint32_t aot_dsp_pack_high(uint32_t a, uint32_t b) {
#if AOT_DSP_ASSEMBLY
    uint32_t lanes;
    __asm__("pkhtb %0, %1, %2, asr #16" : "=r"(lanes) : "r"(b), "r"(a));
    return lanes;
#else
    return aot_dsp_lanes(aot_dsp_high(a), aot_dsp_high(b));
#endif
}

/* sum + products of lanes, modulo 2^32: both lanes, or one lane of each argument. */
AOT_INLINE uint32_t aot_dsp_mac_both(uint32_t a, uint32_t b, uint32_t sum) {
#if AOT_DSP_ASSEMBLY
    uint32_t result;
    __asm__("smlad %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
    return result;
#else
    return sum + (uint32_t)(aot_dsp_low(a) * aot_dsp_low(b)) + (uint32_t)(aot_dsp_high(a) * aot_dsp_high(b));
#endif
}

AOT_INLINE uint32_t aot_dsp_mac_low_high(uint32_t a, uint32_t b, uint32_t sum) {
#if AOT_DSP_ASSEMBLY
    uint32_t result;
    __asm__("smlabt %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
    return result;
#else
    return sum + (uint32_t)(aot_dsp_low(a) * aot_dsp_high(b));
#endif
}

AOT_INLINE uint32_t aot_dsp_mac_high_low(uint32_t a, uint32_t b, uint32_t sum) {
#if AOT_DSP_ASSEMBLY
    uint32_t result;
    __asm__("smlatb %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
    return result;
#else
    return sum + (uint32_t)(aot_dsp_high(a) * aot_dsp_low(b));
#endif
}

/* sum + the upper 32 bits of a * b; `rounded` adds a half before the lower bits are dropped. */
AOT_INLINE int32_t aot_dsp_mac_upper(int32_t a, int32_t b, int32_t sum) {
#if AOT_DSP_ASSEMBLY
    int32_t result;
    __asm__("smmla %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
    return result;
#else
    return (int32_t)((uint32_t)sum + (uint32_t)(((int64_t)a * b) >> 32));
#endif
}

AOT_INLINE int32_t aot_dsp_mac_upper_rounded(int32_t a, int32_t b, int32_t sum) {
#if AOT_DSP_ASSEMBLY
    int32_t result;
    __asm__("smmlar %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
    return result;
#else
    return (int32_t)((uint32_t)sum + (uint32_t)(((int64_t)a * b + (INT64_C(1) << 31)) >> 32));
#endif
}

/* value >> bits, saturated to 8 bits; `bits` is a constant. */
#if AOT_DSP_ASSEMBLY
#define AOT_DSP_SATURATE_SHIFTED(value, bits)                                                                          \
    __extension__({                                                                                                    \
        int32_t saturated_;                                                                                            \
        __asm__("ssat %0, #8, %1, asr %2" : "=r"(saturated_) : "r"(value), "i"(bits));                                 \
        saturated_;                                                                                                    \
    })
#else
#define AOT_DSP_SATURATE_SHIFTED(value, bits) ((int32_t)aot_clamp((value) >> (bits), -128, 127))
#endif

/* value, saturated to 16 bits. */
#if AOT_DSP_ASSEMBLY
#define AOT_DSP_SATURATE_INT16(value)                                                                                  \
    __extension__({                                                                                                    \
        int32_t saturated_;                                                                                            \
        __asm__("ssat %0, #16, %1" : "=r"(saturated_) : "r"(value));                                                   \
        saturated_;                                                                                                    \
    })
#else
#define AOT_DSP_SATURATE_INT16(value) ((int32_t)aot_clamp_int16((value), -32768, 32767))
#endif

/* Ways from sums to outputs, which matrix.h derives; the compiler of the model chooses the first that is exact. */
enum { AOT_DSP_ONE_SIDED, AOT_DSP_ONE_SIDED_WIDE, AOT_DSP_TWO_SIDED, AOT_DSP_CLAMPED };

/* E of that text; FRACTION_BITS and FRACTION_BITS_WIDE of requantization.py. */
#define AOT_DSP_FRACTION_BITS 12
#define AOT_DSP_FRACTION_BITS_WIDE 14

/* `kind`, one of these, is a constant; only AOT_DSP_CLAMPED looks at `range`. */
AOT_INLINE int8_t aot_dsp_requantize(const aot_range *range, uint32_t sum, int32_t multiplier, int32_t round,
                                     int32_t shift, int kind) {
    if (kind == AOT_DSP_ONE_SIDED || kind == AOT_DSP_ONE_SIDED_WIDE) {
        const int32_t value = aot_dsp_mac_upper((int32_t)(sum << shift), multiplier, round);
        return (int8_t)(kind == AOT_DSP_ONE_SIDED ? AOT_DSP_SATURATE_SHIFTED(value, AOT_DSP_FRACTION_BITS)
                                                  : AOT_DSP_SATURATE_SHIFTED(value, AOT_DSP_FRACTION_BITS_WIDE));
    }
    const int32_t value = aot_dsp_mac_upper_rounded((int32_t)(sum << 1), multiplier, round + ((int32_t)sum >> 31));
    return (int8_t)(kind == AOT_DSP_CLAMPED ? aot_limit(value >> shift, range) : aot_saturate(value >> shift));
}

#endif
