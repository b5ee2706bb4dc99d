/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The stages of fft.h with four complex numbers a vector: the same roundings.
 *
 * VQRDMULH is the product with 15 fraction bits, rounded; VQRDMLSDH and VQRDMLADHX are the two parts of a complex one,
 * rounded once, as long as they fit 16 bits. */
#ifndef FRONTEND_FFT_MVE_H
#define FRONTEND_FFT_MVE_H

#include "fft_dsp.h"

#include <arm_mve.h>

/* Real parts of one vector, imaginary parts of another.  Not by a mask: GCC 12 loses masks that are constants. */
static inline int16x8_t frontend_mve_parts(int16x8_t real, int16x8_t imaginary) {
    return vmovnbq_s32(imaginary, vreinterpretq_s32_s16(real));
}

/* Where four numbers lie that are `step` elements (two a number) apart, as offsets of their parts. */
static inline uint16x8_t frontend_mve_places(uint32_t step) {
    const uint16x8_t index = vidupq_n_u16(0, 1);
    return vaddq_u16(vmulq_n_u16(vshrq_n_u16(index, 1), (uint16_t)step), vandq_u16(index, vdupq_n_u16(1)));
}

/* The product with factors of numbers whose parts are below 2^14. */
static inline int16x8_t frontend_mve_product(int16x8_t numbers, int16x8_t factors) {
    return vqrdmladhxq_s16(vqrdmlsdhq_s16(numbers, numbers, factors), numbers, factors);
}

typedef struct {
    int16x8_t first;
    int16x8_t second;
    int16x8_t third;
    int16x8_t fourth;
} frontend_mve_legs;

static inline frontend_mve_legs frontend_mve_butterfly(int16x8_t a, int16x8_t b, int16x8_t c, int16x8_t d) {
    const int16x8_t even = vaddq_s16(a, c);
    const int16x8_t across = vsubq_s16(a, c);
    const int16x8_t odd = vaddq_s16(b, d);
    const int16x8_t turned = vsubq_s16(b, d);
    const frontend_mve_legs sums = {vaddq_s16(even, odd), vcaddq_rot270_s16(across, turned), vsubq_s16(even, odd),
                                    vcaddq_rot90_s16(across, turned)};
    return sums;
}

/* The first stage: neighbours. */
static inline void frontend_mve_first_stage_of_4(frontend_int16 *numbers, uint32_t size, int is_inverse) {
    FRONTEND_BARRIER();
    for (frontend_int16 *n = numbers; n < numbers + 2u * size; n += 32) {
        int32_t *words = (int32_t *)(void *)n; /* complex numbers are words, and lie on multiples of 4 */
        const int32x4x4_t legs = vld4q_s32(words);
        const int16x8_t a = vqrdmulhq_n_s16(vreinterpretq_s16_s32(legs.val[0]), 32767 / 4);
        const int16x8_t b = vqrdmulhq_n_s16(vreinterpretq_s16_s32(legs.val[1]), 32767 / 4);
        const int16x8_t c = vqrdmulhq_n_s16(vreinterpretq_s16_s32(legs.val[2]), 32767 / 4);
        const int16x8_t d = vqrdmulhq_n_s16(vreinterpretq_s16_s32(legs.val[3]), 32767 / 4);
        const frontend_mve_legs sums = frontend_mve_butterfly(a, b, c, d);
        int32x4x4_t out;
        out.val[0] = vreinterpretq_s32_s16(sums.first);
        out.val[1] = vreinterpretq_s32_s16(is_inverse ? sums.fourth : sums.second);
        out.val[2] = vreinterpretq_s32_s16(sums.third);
        out.val[3] = vreinterpretq_s32_s16(is_inverse ? sums.second : sums.fourth);
        vst4q_s32(words, out);
    }
    FRONTEND_BARRIER();
}

static inline void frontend_mve_stage_of_4(frontend_int16 *numbers, uint32_t size, uint32_t length,
                                           const int16_t *factors, int is_inverse) {
    const uint32_t step = 2u * (size / (4u * length));
    const uint32_t leg = 2u * length;
    const uint32_t second = is_inverse ? 3u * leg : leg;
    const uint32_t fourth = is_inverse ? leg : 3u * leg;
    const uint16x8_t places[3] = {frontend_mve_places(step), frontend_mve_places(2u * step),
                                  frontend_mve_places(3u * step)};
    for (uint32_t k = 0; k < length; k += 4u) {
        const int16x8_t first = vldrhq_gather_shifted_offset_s16(factors + k * step, places[0]);
        const int16x8_t square = vldrhq_gather_shifted_offset_s16(factors + 2u * k * step, places[1]);
        const int16x8_t cube = vldrhq_gather_shifted_offset_s16(factors + 3u * k * step, places[2]);
        for (frontend_int16 *n = numbers + 2u * k; n < numbers + 2u * size; n += 4u * leg) {
            const int16x8_t a = vqrdmulhq_n_s16(vldrhq_s16(n), 32767 / 4);
            const int16x8_t b = vqrdmulhq_n_s16(vldrhq_s16(n + leg), 32767 / 4);
            const int16x8_t c = vqrdmulhq_n_s16(vldrhq_s16(n + 2u * leg), 32767 / 4);
            const int16x8_t d = vqrdmulhq_n_s16(vldrhq_s16(n + 3u * leg), 32767 / 4);
            const frontend_mve_legs sums = frontend_mve_butterfly(
                a, frontend_mve_product(b, first), frontend_mve_product(c, square), frontend_mve_product(d, cube));
            vstrhq_s16(n, sums.first);
            vstrhq_s16(n + second, sums.second);
            vstrhq_s16(n + 2u * leg, sums.third);
            vstrhq_s16(n + fourth, sums.fourth);
        }
    }
}

/* The product with factors, in 32 bits and then cut off: here it may be more than 16. */
static inline int16x8_t frontend_mve_wide_product(int16x8_t numbers, int16x8_t factors) {
    const int16x8_t exchanged = vrev32q_s16(factors);
    const int32x4_t real = vsubq_s32(vmullbq_int_s16(numbers, factors), vmulltq_int_s16(numbers, factors));
    const int32x4_t imaginary = vaddq_s32(vmullbq_int_s16(numbers, exchanged), vmulltq_int_s16(numbers, exchanged));
    return vmovntq_s32(vreinterpretq_s16_s32(vrshrq_n_s32(real, 15)), vrshrq_n_s32(imaginary, 15));
}

/* The numbers from 1 on of frontend_split, for sizes of 8 and more. */
static inline void frontend_mve_split(frontend_int16 *numbers, uint32_t size, const int16_t *factors) {
    const uint16x8_t index = vidupq_n_u16(0, 1);
    const uint16x8_t backwards = veorq_u16(index, vdupq_n_u16(6)); /* the last of four numbers first */
    frontend_int16 *low = numbers + 2;
    frontend_int16 *high = numbers + 2u * (size - 4u);
    for (; low <= high + 6; low += 8, high -= 8, factors += 8) {
        const int16x8_t mirrored = vldrhq_gather_shifted_offset_s16(high, backwards);
        const int16x8_t conjugates = frontend_mve_parts(mirrored, vnegq_s16(mirrored));
        const int16x8_t a = vqrdmulhq_n_s16(vldrhq_s16(low), 32767 / 2);
        const int16x8_t b = vqrdmulhq_n_s16(conjugates, 32767 / 2);
        const int16x8_t sum = vaddq_s16(a, b);
        const int16x8_t turned = frontend_mve_wide_product(vsubq_s16(a, b), vldrhq_s16(factors));
        /* In the middle both are one number, and the second one stays. */
        vstrhq_s16(low, vhaddq_s16(sum, turned));
        vstrhq_scatter_shifted_offset_s16(high, backwards,
                                          frontend_mve_parts(vhsubq_s16(sum, turned), vhsubq_s16(turned, sum)));
    }
}

#endif
