/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The stages of fft.h with a complex number a word: the same roundings, two parts at a time.
 *
 * A product with twice a factor has its rounded value in the upper half: 15 fraction bits become 16. */
#ifndef FRONTEND_FFT_DSP_H
#define FRONTEND_FFT_DSP_H

#include "dsp.h"

#define FRONTEND_HALF_OF_2_16 32768u

/* Both parts divided, rounded, by the reciprocal in 15 bits; `twice` is twice that. */
static inline uint32_t frontend_dsp_divided(uint32_t number, uint32_t twice) {
    const uint32_t real = frontend_smlabb(number, twice, FRONTEND_HALF_OF_2_16);
    const uint32_t imaginary = frontend_smlatb(number, twice, FRONTEND_HALF_OF_2_16);
    return FRONTEND_PACKED(imaginary, real, 16);
}

/* The product with a factor of a number whose parts are below 2^14. */
static inline uint32_t frontend_dsp_product(uint32_t number, uint32_t factor) {
    const uint32_t twice = frontend_sadd16(number, number);
    const uint32_t real = frontend_smlsd(twice, factor, FRONTEND_HALF_OF_2_16);
    const uint32_t imaginary = frontend_smladx(twice, factor, FRONTEND_HALF_OF_2_16);
    return FRONTEND_PACKED(imaginary, real, 16);
}

/* One butterfly over numbers that lie `leg` elements apart; `second`, `fourth`: where the sums go that an inverse FFT
 * exchanges. */
static inline void frontend_dsp_butterfly(frontend_int16 *n, uint32_t leg, uint32_t second, uint32_t fourth, uint32_t a,
                                          uint32_t b, uint32_t c, uint32_t d) {
    const uint32_t even = frontend_sadd16(a, c);
    const uint32_t across = frontend_ssub16(a, c);
    const uint32_t odd = frontend_sadd16(b, d);
    const uint32_t turned = frontend_ssub16(b, d);
    frontend_store_pair(n, frontend_sadd16(even, odd));
    frontend_store_pair(n + second, frontend_ssax(across, turned));
    frontend_store_pair(n + 2u * leg, frontend_ssub16(even, odd));
    frontend_store_pair(n + fourth, frontend_sasx(across, turned));
}

static inline void frontend_dsp_stage_of_4(frontend_int16 *numbers, uint32_t size, uint32_t length,
                                           const int16_t *factors, int is_inverse) {
    const uint32_t step = 2u * (size / (4u * length));
    const uint32_t leg = 2u * length;
    const uint32_t second = is_inverse ? 3u * leg : leg;
    const uint32_t fourth = is_inverse ? leg : 3u * leg;
    const frontend_int16 *end = numbers + 2u * size;
    const uint32_t quarter = 2u * (32767u / 4u);
    for (frontend_int16 *n = numbers; n < end; n += 4u * leg) { /* the factor 1 changes no value below 2^14 */
        const uint32_t a = frontend_dsp_divided(frontend_pair(n), quarter);
        const uint32_t b = frontend_dsp_divided(frontend_pair(n + leg), quarter);
        const uint32_t c = frontend_dsp_divided(frontend_pair(n + 2u * leg), quarter);
        const uint32_t d = frontend_dsp_divided(frontend_pair(n + 3u * leg), quarter);
        frontend_dsp_butterfly(n, leg, second, fourth, a, b, c, d);
    }
    for (uint32_t k = 1; k < length; ++k) {
        const uint32_t first = frontend_pair(factors + k * step);
        const uint32_t square = frontend_pair(factors + 2u * k * step);
        const uint32_t cube = frontend_pair(factors + 3u * k * step);
        for (frontend_int16 *n = numbers + 2u * k; n < end; n += 4u * leg) {
            const uint32_t a = frontend_dsp_divided(frontend_pair(n), quarter);
            const uint32_t b = frontend_dsp_product(frontend_dsp_divided(frontend_pair(n + leg), quarter), first);
            const uint32_t c = frontend_dsp_product(frontend_dsp_divided(frontend_pair(n + 2u * leg), quarter), square);
            const uint32_t d = frontend_dsp_product(frontend_dsp_divided(frontend_pair(n + 3u * leg), quarter), cube);
            frontend_dsp_butterfly(n, leg, second, fourth, a, b, c, d);
        }
    }
}

/* The numbers from 1 on of frontend_split; numbers 0 and `size` are its own. */
static inline void frontend_dsp_split(frontend_int16 *numbers, uint32_t size, const int16_t *factors) {
    const uint32_t half = 2u * (32767u / 2u);
    frontend_int16 *low = numbers + 2;
    frontend_int16 *high = numbers + 2u * (size - 1u);
    for (; low <= high; low += 2, high -= 2, factors += 2) {
        const uint32_t mirrored = frontend_pair(high);
        const uint32_t a = frontend_dsp_divided(frontend_pair(low), half);
        const uint32_t real = frontend_smlabb(mirrored, half, FRONTEND_HALF_OF_2_16);
        const uint32_t imaginary = frontend_smlatb(frontend_ssub16(0, mirrored), half, FRONTEND_HALF_OF_2_16);
        const uint32_t b = FRONTEND_PACKED(imaginary, real, 16);
        const uint32_t sum = frontend_sadd16(a, b);
        const uint32_t difference = frontend_ssub16(a, b);
        const uint32_t factor = frontend_pair(factors);
        const uint32_t turned_real = frontend_smlsd(difference, factor, FRONTEND_HALF_OF_2_16 / 2u);
        const uint32_t turned_imaginary = frontend_smladx(difference, factor, FRONTEND_HALF_OF_2_16 / 2u) << 1;
        const uint32_t turned = FRONTEND_PACKED(turned_imaginary, turned_real, 15);
        /* In the middle both are one number, and the second one stays. */
        frontend_store_pair(low, frontend_shadd16(sum, turned));
        frontend_store_pair(high, frontend_pkhbt(frontend_shsub16(sum, turned), frontend_shsub16(turned, sum)));
    }
}

#endif
