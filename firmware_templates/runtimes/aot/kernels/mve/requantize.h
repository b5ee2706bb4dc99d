/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* From sums to outputs on cores with Helium (MVE): 8 channels at a time, each with its own factor or all with one.
 *
 * Arithmetic.  TensorFlow Lite Micro's two roundings of a sum `a` with the factor m / 2^31 / 2^e are
 *
 *     y = VQRDMULH(a, m)                 a * m / 2^31, rounded to nearest, halves up
 *     output = VRSHL(y + sign, -e)       y / 2^e, rounded to nearest, halves away from zero; sign = a < 0 ? -1 : 0
 *
 * to the last bit, for every a, every m of 31 bits and e = 1..31.
 * - one-sided: where outputs below the zero point are clamped to it anyway (a RELU whose zero point is -128), halves
 *   below zero do not matter: `sign` is left out, and e = 0 is allowed.
 * - two-sided: as above.
 * - clamped: the activation ends inside the 8-bit range; two-sided and two more instructions.
 * The compiler of the model (mve/requantization.py) chooses; layers with factors of 1 and above fall back to another
 * kernel.
 *
 * Blocking.  VLD2 takes 8 sums apart into even and odd channels; VQMOVNB and VQMOVNT put them together again as 16-bit
 * lanes, saturated; VQADD adds the zero point, VQMOVNB saturates to 8 bits, VSTRB stores every second byte.  The
 * constants of 8 channels (6 vector registers) serve 3 pixels, whose sums take the other 2: about 2 instructions an
 * output.  In assembly, because GCC 12 spills two of the eight and takes twice as many; the twin in C is
 * aot_mve_requantize. */
#ifndef AOT_MVE_REQUANTIZE_H
#define AOT_MVE_REQUANTIZE_H

#include "accesses.h"

/* For each 8 channels `groups` holds 18 words: even biases, odd biases (bias - input zero point * sum of weights), even
 * m, odd m, and 8 bytes of -e, even ones first.  With a single factor it holds the 8 biases only. */
typedef struct {
    const int32_t *groups;
    aot_factor factor; /* the single one; not used where each channel has its own */
    aot_output output; /* the range is used by the clamped kind only */
} aot_mve_factors;

enum { AOT_MVE_ONE_SIDED, AOT_MVE_TWO_SIDED, AOT_MVE_CLAMPED };

/* Outputs of `count` channels of 3 pixels.  The sums of a pixel are AOT_MVE_BLOCK words after those of the one before;
 * outputs go to `out`, `out + second` and `out + third`.  Sums behind the last one are read up to a multiple of 8. */
typedef void aot_mve_requantize_function(const aot_mve_factors *factors, const int32_t *groups, const aot_int32 *sums,
                                         int8_t *out, int32_t second, int32_t third, int32_t count);

/* ---- in C ---- */

/* Rescaled sums of 4 channels, before the zero point. */
AOT_INLINE int32x4_t aot_mve_rescale(int32x4_t sums, int32x4_t bias, int32x4_t multiplier, int32x4_t shift, int kind) {
    const int32x4_t biased = vaddq_s32(sums, bias);
    int32x4_t value = vqrdmulhq_s32(biased, multiplier);
    if (kind != AOT_MVE_ONE_SIDED) {
        value = vaddq_s32(value, vshrq_n_s32(biased, 31));
    }
    return vrshlq_s32(value, shift);
}

/* The same with one factor for all lanes. */
AOT_INLINE int32x4_t aot_mve_rescale_shared(int32x4_t biased, int32_t multiplier, int32_t shift, int kind) {
    int32x4_t value = vqrdmulhq_n_s32(biased, multiplier);
    if (kind != AOT_MVE_ONE_SIDED) {
        value = vaddq_s32(value, vshrq_n_s32(biased, 31));
    }
    return vrshlq_n_s32(value, shift);
}

/* 16-bit lanes to outputs, each in the low byte of its lane. */
AOT_INLINE int16x8_t aot_mve_outputs(int16x8_t value, const aot_mve_factors *factors, int kind) {
    value = vqaddq_n_s16(value, (int16_t)factors->output.zero_point);
    if (kind == AOT_MVE_CLAMPED) {
        value = vmaxq_s16(value, vdupq_n_s16((int16_t)factors->output.range.minimum));
        return vminq_s16(value, vdupq_n_s16((int16_t)factors->output.range.maximum));
    }
    return aot_mve_halve_16(value);
}

/* 4 rescaled sums to outputs in the low bytes of 32-bit lanes. */
AOT_INLINE int16x8_t aot_mve_narrow_even(int32x4_t even, const aot_mve_factors *factors, int kind) {
    return aot_mve_outputs(aot_mve_halve_32(even), factors, kind);
}

/* Even and odd lanes to 8 outputs, each in the low byte of a 16-bit lane. */
AOT_INLINE int16x8_t aot_mve_narrow(int32x4_t even, int32x4_t odd, const aot_mve_factors *factors, int kind) {
    return aot_mve_outputs(vqmovntq_s32(aot_mve_halve_32(even), odd), factors, kind);
}

/* `pixels`: a constant, 1 or 3. */
AOT_INLINE void aot_mve_requantize(const aot_mve_factors *factors, const int32_t *groups, const aot_int32 *sums,
                                   int8_t *out, int32_t second, int32_t third, int32_t count, int32_t pixels,
                                   int kind) {
    const int32_t offset[3] = {0, second, third};
    for (; count > 0; count -= 8) {
        const int8_t *shifts = (const int8_t *)(groups + 16);
        for (int32_t pixel = 0; pixel < pixels; ++pixel) {
            const int32x4x2_t both = vld2q_s32(sums + pixel * AOT_MVE_BLOCK);
            const int32x4_t even = aot_mve_rescale(both.val[0], vldrwq_s32(groups), vldrwq_s32(groups + 8),
                                                   aot_mve_load_widened(shifts), kind);
            const int32x4_t odd = aot_mve_rescale(both.val[1], vldrwq_s32(groups + 4), vldrwq_s32(groups + 12),
                                                  aot_mve_load_widened(shifts + 4), kind);
            aot_mve_store_low_bytes(out + offset[pixel], aot_mve_narrow(even, odd, factors, kind), count);
        }
        groups += AOT_MVE_GROUP_WORDS;
        sums += 8;
        out += 8;
    }
}

/* Outputs of `count` channels of one pixel, all with the same factor. */
AOT_INLINE void aot_mve_requantize_shared(const aot_mve_factors *factors, const int32_t *biases, const aot_int32 *sums,
                                          int8_t *out, int32_t count, int kind) {
    const int32_t multiplier = factors->factor.multiplier, shift = factors->factor.shift;
    for (; count > 0; count -= 8) {
        const int32x4x2_t both = vld2q_s32(sums);
        const int32x4_t even = vaddq_s32(both.val[0], vldrwq_s32(biases));
        const int32x4_t odd = vaddq_s32(both.val[1], vldrwq_s32(biases + 4));
        const int16x8_t outputs = aot_mve_narrow(aot_mve_rescale_shared(even, multiplier, shift, kind),
                                                 aot_mve_rescale_shared(odd, multiplier, shift, kind), factors, kind);
        aot_mve_store_low_bytes(out, outputs, count);
        biases += 8;
        sums += 8;
        out += 8;
    }
}

/* Rarely needed: an activation that ends inside the 8-bit range. */
__attribute__((unused, noinline)) static void aot_mve_requantize_clamped(const aot_mve_factors *factors,
                                                                         const int32_t *groups, const aot_int32 *sums,
                                                                         int8_t *out, int32_t second, int32_t third,
                                                                         int32_t count) {
    aot_mve_requantize(factors, groups, sums, out, second, third, count, 3, AOT_MVE_CLAMPED);
}

#if defined(AOT_MVE_PLAIN)

__attribute__((unused, noinline)) static void aot_mve_requantize_one_sided(const aot_mve_factors *factors,
                                                                           const int32_t *groups, const aot_int32 *sums,
                                                                           int8_t *out, int32_t second, int32_t third,
                                                                           int32_t count) {
    aot_mve_requantize(factors, groups, sums, out, second, third, count, 3, AOT_MVE_ONE_SIDED);
}

__attribute__((unused, noinline)) static void aot_mve_requantize_two_sided(const aot_mve_factors *factors,
                                                                           const int32_t *groups, const aot_int32 *sums,
                                                                           int8_t *out, int32_t second, int32_t third,
                                                                           int32_t count) {
    aot_mve_requantize(factors, groups, sums, out, second, third, count, 3, AOT_MVE_TWO_SIDED);
}

#else

AOT_ASSERT_OFFSET(aot_mve_factors, output, 12);

/* ---- the same in assembly ----
 * r1 groups   r2 r5 r6 sums   r3 r7 r0 outputs   r8 channels left   r4 zero point
 * q2 q3 biases   q4 q5 m   q6 q7 -e; two-sided: q6 is free for signs and -e of the even channels is loaded again */
#define AOT_MVE_LOAD_SUMS(sums) "vld20.32 {q0, q1}, [" sums "]\n\tvld21.32 {q0, q1}, [" sums "]!\n\t"
#define AOT_MVE_STORE_OUTPUTS(out)                                                                                     \
    "vqmovnb.s32 q0, q0\n\t"                                                                                           \
    "vqmovnt.s32 q0, q1\n\t"                                                                                           \
    "vqadd.s16 q0, q0, r4\n\t"                                                                                         \
    "vqmovnb.s16 q0, q0\n\t"                                                                                           \
    "vpst\n\t"                                                                                                         \
    "vstrbt.16 q0, [" out "], #8\n\t"
#define AOT_MVE_PIXEL_ONE_SIDED(sums, out)                                                                             \
    AOT_MVE_LOAD_SUMS(sums)                                                                                            \
    "vadd.i32 q0, q0, q2\n\t"                                                                                          \
    "vadd.i32 q1, q1, q3\n\t"                                                                                          \
    "vqrdmulh.s32 q0, q0, q4\n\t"                                                                                      \
    "vqrdmulh.s32 q1, q1, q5\n\t"                                                                                      \
    "vrshl.s32 q0, q0, q6\n\t"                                                                                         \
    "vrshl.s32 q1, q1, q7\n\t" AOT_MVE_STORE_OUTPUTS(out)
#define AOT_MVE_PIXEL_TWO_SIDED(sums, out)                                                                             \
    AOT_MVE_LOAD_SUMS(sums)                                                                                            \
    "vadd.i32 q0, q0, q2\n\t"                                                                                          \
    "vadd.i32 q1, q1, q3\n\t"                                                                                          \
    "vshr.s32 q6, q0, #31\n\t"                                                                                         \
    "vqrdmulh.s32 q0, q0, q4\n\t"                                                                                      \
    "vadd.i32 q0, q0, q6\n\t"                                                                                          \
    "vshr.s32 q6, q1, #31\n\t"                                                                                         \
    "vqrdmulh.s32 q1, q1, q5\n\t"                                                                                      \
    "vadd.i32 q1, q1, q6\n\t"                                                                                          \
    "vldrb.s32 q6, [r1, #64]\n\t"                                                                                      \
    "vrshl.s32 q1, q1, q7\n\t"                                                                                         \
    "vrshl.s32 q0, q0, q6\n\t" AOT_MVE_STORE_OUTPUTS(out)

#define AOT_MVE_REQUANTIZE_CODE(pixel)                                                                                 \
    "push {r4-r8, lr}\n\t"                                                                                             \
    "vpush {d8-d15}\n\t"                                                                                               \
    "ldrd r5, r6, [sp, #88]\n\t" /* second, third */                                                                   \
    "ldr r4, [r0, #12]\n\t"      /* output.zero_point */                                                               \
    "ldr r8, [sp, #96]\n\t"      /* count */                                                                           \
    "add r7, r3, r5\n\t"                                                                                               \
    "add r0, r3, r6\n\t"                                                                                               \
    "add r5, r2, #256\n\t" /* 4 * AOT_MVE_BLOCK */                                                                     \
    "add r6, r2, #512\n"                                                                                               \
    "1:\n\t"                                                                                                           \
    "vctp.16 r8\n\t"                                                                                                   \
    "vldrw.32 q2, [r1]\n\t"                                                                                            \
    "vldrw.32 q3, [r1, #16]\n\t"                                                                                       \
    "vldrw.32 q4, [r1, #32]\n\t"                                                                                       \
    "vldrw.32 q5, [r1, #48]\n\t"                                                                                       \
    "vldrb.s32 q6, [r1, #64]\n\t"                                                                                      \
    "vldrb.s32 q7, [r1, #68]\n\t" pixel("r2", "r3") pixel("r5", "r7") pixel("r6", "r0") "add r1, #72\n\t"              \
                                                                                        "subs r8, #8\n\t"              \
                                                                                        "bgt 1b\n\t"                   \
                                                                                        "vpop {d8-d15}\n\t"            \
                                                                                        "pop {r4-r8, pc}\n\t"

/* Naked: the body is the assembly alone, arguments are where the procedure call standard puts them. */
#define AOT_MVE_REQUANTIZE_IN_ASSEMBLY(name, pixel)                                                                    \
    __attribute__((naked, noinline, unused)) static void name(                                                         \
        const aot_mve_factors *factors __attribute__((unused)), const int32_t *groups __attribute__((unused)),         \
        const aot_int32 *sums __attribute__((unused)), int8_t *out __attribute__((unused)),                            \
        int32_t second __attribute__((unused)), int32_t third __attribute__((unused)),                                 \
        int32_t count __attribute__((unused))) {                                                                       \
        __asm__(AOT_MVE_REQUANTIZE_CODE(pixel));                                                                       \
    }

AOT_MVE_REQUANTIZE_IN_ASSEMBLY(aot_mve_requantize_one_sided, AOT_MVE_PIXEL_ONE_SIDED)
AOT_MVE_REQUANTIZE_IN_ASSEMBLY(aot_mve_requantize_two_sided, AOT_MVE_PIXEL_TWO_SIDED)

#endif

#endif
