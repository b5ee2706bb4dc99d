/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Gates of recurrent layers on cores with the DSP extension: sums of four gates at a time, and their activations.
 *
 * Weights are byte pairs: a word holds the weights of two gates for two inputs, each as high * 256 + low.  SMLAD with
 * the word sums both gates, SXTB16 leaves the low one, and the difference of the two sums is 256 times the high one.
 * Inputs are lanes of 16 bits: words (0, 2) and (1, 3) of each four.  4 inputs take 1 LDRD + 1 LDM of 4 weight words +
 * 4 SXTB16 + 8 SMLAD for 16 products.
 *
 * Activations of 16 bits take weights that are no pairs but bytes: a word holds those of two gates for two inputs (gate
 * 0, gate 1, gate 0, gate 1), which two SXTB16 turn into lanes.
 *
 * Offline conditions: sums of a high gate stay below 2^23, sums shifted to the left below 2^30; sums over activations
 * of 16 bits below 2^31. */
#ifndef AOT_DSP_GATES_H
#define AOT_DSP_GATES_H

#include "../sigmoid.h"
#include "instructions.h"

/* sum * multiplier / 2^31 * 2^shift as aot_requantize gives it. */
typedef struct {
    int32_t left; /* one more than the shift to the left */
    int32_t multiplier;
    int32_t round; /* half of 2^right */
    int32_t sign;  /* -1 where there is a shift to the right: halves go away from zero */
    int32_t right;
} aot_dsp_scale;

AOT_INLINE int32_t aot_dsp_scaled(int32_t sum, const aot_dsp_scale *scale) {
    const int32_t round = scale->round + ((sum >> 31) & scale->sign);
    const int32_t shifted = (int32_t)((uint32_t)sum << scale->left);
    return aot_dsp_mac_upper_rounded(shifted, scale->multiplier, round) >> scale->right;
}

/* sum * multiplier / 2^s of a sum over activations of 16 bits, as aot_requantize_wide gives it for s from 17 on: the
 * record holds multiplier * 2^16 and s - 16. */
AOT_INLINE int32_t aot_dsp_scaled_wide(int32_t sum, const aot_dsp_scale *scale) {
    return aot_dsp_mac_upper(sum, scale->multiplier, scale->round) >> scale->right;
}

AOT_INLINE int32_t aot_dsp_saturate_int16(int32_t value) {
#if AOT_DSP_ASSEMBLY
    int32_t result;
    __asm__("ssat %0, #16, %1" : "=r"(result) : "r"(value));
    return result;
#else
    return aot_min(aot_max(value, -32768), 32767);
#endif
}

/* Steps of aot_dsp_four_gates over `count` elements. */
AOT_INLINE int32_t aot_dsp_gate_steps(int32_t count) {
    return (count + 3) / 4;
}

/* `count` elements as lanes, filled up with zeros to a multiple of 4. */
AOT_INLINE void aot_dsp_to_lanes(const int8_t *from, int32_t count, aot_uint32 *lanes) {
    for (; count >= 4; count -= 4, from += 4, lanes += 2) {
        const uint32_t word = aot_dsp_load_word(from);
        lanes[0] = aot_dsp_bytes_02(word);
        lanes[1] = aot_dsp_bytes_13(word);
    }
    if (count > 0) {
        const int32_t second = count > 1 ? from[1] : 0, third = count > 2 ? from[2] : 0;
        lanes[0] = aot_dsp_lanes(from[0], third);
        lanes[1] = aot_dsp_lanes(second, 0);
    }
}

/* Sums of four gates of a unit; `packed` holds what the low and both sums of either pair start with, then 4 weight
 * words for each step of 4 inputs.  Returns what is behind them. */
#if AOT_DSP_ASSEMBLY
/* Naked: the body is the assembly alone, arguments are where the procedure call standard puts them.
 *   r0 lanes   r1 packed   r2 steps left   r3 sums   r4 r6 `low` sums of the pairs   r5 r7 `both` sums
 *   r8 .. r11 weight words   r12 lr lanes */
__attribute__((naked, noinline, unused)) static const uint32_t *
aot_dsp_four_gates(const aot_uint32 *lanes __attribute__((unused)), const uint32_t *packed __attribute__((unused)),
                   int32_t steps __attribute__((unused)), aot_int32 *sums __attribute__((unused))) {
    __asm__("push {r4-r11, lr}\n\t"
            "ldmia r1!, {r4-r7}\n"
            "1:\n\t"
            "ldrd r12, lr, [r0], #8\n\t"
            "ldmia.w r1!, {r8-r11}\n\t"
            "smlad r5, r12, r8, r5\n\t"
            "sxtb16 r8, r8\n\t"
            "smlad r4, r12, r8, r4\n\t"
            "smlad r7, r12, r9, r7\n\t"
            "sxtb16 r9, r9\n\t"
            "smlad r6, r12, r9, r6\n\t"
            "smlad r5, lr, r10, r5\n\t"
            "sxtb16 r10, r10\n\t"
            "smlad r4, lr, r10, r4\n\t"
            "smlad r7, lr, r11, r7\n\t"
            "sxtb16 r11, r11\n\t"
            "smlad r6, lr, r11, r6\n\t"
            "subs r2, #1\n\t"
            "bne 1b\n\t"
            "sub r5, r5, r4\n\t"
            "sub r7, r7, r6\n\t"
            "asr r5, r5, #8\n\t"
            "asr r7, r7, #8\n\t"
            "stmia r3!, {r4-r7}\n\t"
            "mov r0, r1\n\t"
            "pop {r4-r11, pc}\n\t");
}
#else
AOT_INLINE const uint32_t *aot_dsp_four_gates(const aot_uint32 *lanes, const uint32_t *packed, int32_t steps,
                                              aot_int32 *sums) {
    uint32_t low0 = packed[0], both0 = packed[1], low1 = packed[2], both1 = packed[3];
    packed += 4;
    for (; steps > 0; --steps, lanes += 2, packed += 4) {
        for (int32_t word = 0; word < 2; ++word) {
            both0 = aot_dsp_mac_both(lanes[word], packed[2 * word], both0);
            low0 = aot_dsp_mac_both(lanes[word], aot_dsp_bytes_02(packed[2 * word]), low0);
            both1 = aot_dsp_mac_both(lanes[word], packed[2 * word + 1], both1);
            low1 = aot_dsp_mac_both(lanes[word], aot_dsp_bytes_02(packed[2 * word + 1]), low1);
        }
    }
    sums[0] = (int32_t)low0;
    sums[1] = (int32_t)(both0 - low0) >> 8;
    sums[2] = (int32_t)low1;
    sums[3] = (int32_t)(both1 - low1) >> 8;
    return packed;
}
#endif

/* The same for inputs of 16 bits, which are lanes in their order: two words of weights for each two inputs. */
#if AOT_DSP_ASSEMBLY
/* Registers as above, but r4 to r7 are the four sums; r3 is needed, and read from the stack in the end. */
__attribute__((naked, noinline, unused)) static const uint32_t *
aot_dsp_four_wide_gates(const aot_uint32 *lanes __attribute__((unused)), const uint32_t *packed __attribute__((unused)),
                        int32_t steps __attribute__((unused)), aot_int32 *sums __attribute__((unused))) {
    __asm__("push {r3-r11, lr}\n\t"
            "ldmia r1!, {r4-r7}\n"
            "1:\n\t"
            "ldrd r12, lr, [r0], #8\n\t"
            "ldmia.w r1!, {r8-r11}\n\t"
            "sxtb16 r3, r8\n\t"
            "sxtb16 r8, r8, ror #8\n\t"
            "smlad r4, r12, r3, r4\n\t"
            "smlad r5, r12, r8, r5\n\t"
            "sxtb16 r3, r9\n\t"
            "sxtb16 r9, r9, ror #8\n\t"
            "smlad r6, r12, r3, r6\n\t"
            "smlad r7, r12, r9, r7\n\t"
            "sxtb16 r3, r10\n\t"
            "sxtb16 r10, r10, ror #8\n\t"
            "smlad r4, lr, r3, r4\n\t"
            "smlad r5, lr, r10, r5\n\t"
            "sxtb16 r3, r11\n\t"
            "sxtb16 r11, r11, ror #8\n\t"
            "smlad r6, lr, r3, r6\n\t"
            "smlad r7, lr, r11, r7\n\t"
            "subs r2, #1\n\t"
            "bne 1b\n\t"
            "ldr r12, [sp]\n\t"
            "stmia.w r12, {r4-r7}\n\t"
            "mov r0, r1\n\t"
            "pop {r3-r11, pc}\n\t");
}
#else
AOT_INLINE const uint32_t *aot_dsp_four_wide_gates(const aot_uint32 *lanes, const uint32_t *packed, int32_t steps,
                                                   aot_int32 *sums) {
    uint32_t sum[4] = {packed[0], packed[1], packed[2], packed[3]};
    packed += 4;
    for (; steps > 0; --steps, lanes += 2, packed += 4) {
        for (int32_t word = 0; word < 4; ++word) {
            const int32_t gate = word % 2 * 2;
            sum[gate] = aot_dsp_mac_both(lanes[word / 2], aot_dsp_bytes_02(packed[word]), sum[gate]);
            sum[gate + 1] = aot_dsp_mac_both(lanes[word / 2], aot_dsp_bytes_13(packed[word]), sum[gate + 1]);
        }
    }
    for (int32_t gate = 0; gate < 4; ++gate) {
        sums[gate] = (int32_t)sum[gate];
    }
    return packed;
}
#endif

/* What a gate gets of its sum over a vector, in steps of 2^-12. */
AOT_INLINE int32_t aot_dsp_gate_part(int32_t sum, const aot_dsp_scale *scale) {
    return aot_dsp_saturate_int16(aot_dsp_scaled(sum, scale));
}

/* The argument of its activation, of both sums. */
AOT_INLINE int32_t aot_dsp_gate_argument(int32_t input, const aot_dsp_scale *from_input, int32_t hidden,
                                         const aot_dsp_scale *from_hidden) {
    return aot_dsp_saturate_int16(aot_dsp_gate_part(input, from_input) + aot_dsp_gate_part(hidden, from_hidden));
}

/* aot_sigmoid_at() less its value at 0, with the sign of `scaled`, less 1 where that is negative: sums of two products,
 * (2^bits - fraction) * low + fraction * high.  `bits` is 9 for |scaled| below 255 * 2^9, or 8. */
AOT_INLINE int32_t aot_dsp_sigmoid(int32_t scaled, int bits) {
    const int32_t sign = scaled >> 31;
    const int32_t magnitude = aot_min((scaled ^ sign) - sign, (INT32_C(256) << bits) - 1);
    const int32_t fraction = magnitude & ((INT32_C(1) << bits) - 1);
    const uint32_t entries = aot_dsp_load_word((const int8_t *)(aot_centred_sigmoid + (magnitude >> bits)));
    const uint32_t parts = aot_dsp_pack_low((uint32_t)((INT32_C(1) << bits) - fraction), (uint32_t)fraction);
    return (int32_t)aot_dsp_mac_both(entries, parts, 0) ^ sign;
}

/* Of an argument in steps of 2^-12, in fractions of 2^15: aot_logistic_int16. */
AOT_INLINE int32_t aot_dsp_logistic(int32_t argument) {
    return (aot_dsp_sigmoid(3 * argument, 9) + (INT32_C(1) << 24) + (INT32_C(1) << 9)) >> 10;
}

/* Of a scaled argument: aot_tanh_int16. */
AOT_INLINE int32_t aot_dsp_tanh(int32_t scaled) {
    return (aot_dsp_sigmoid(scaled, 8) + (INT32_C(1) << 7)) >> 8;
}

#endif
