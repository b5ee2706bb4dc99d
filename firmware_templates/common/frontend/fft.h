/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A real FFT in 16-bit integers, in place: stages of radix 4, and one of radix 2 before them where the size needs it.
 *
 * Layout: complex numbers, [number][real, imaginary].  Every stage divides by its radix first, so the result is the
 * spectrum divided by the size of the real FFT.  Roundings are those of KISS FFT with 16-bit fixed point. */
#ifndef FRONTEND_FFT_H
#define FRONTEND_FFT_H

#include "integers.h"
#if FRONTEND_MVE
#include "fft_mve.h"
#elif FRONTEND_DSP
#include "fft_dsp.h"
#endif

typedef struct {
    int32_t real;
    int32_t imaginary;
} frontend_complex;

/* Divided by 2 or 4, rounded, by the reciprocal in 15 bits. */
static inline frontend_complex frontend_divided(const frontend_int16 *number, int16_t reciprocal) {
    const frontend_complex divided = {frontend_round15((int32_t)number[0] * reciprocal),
                                      frontend_round15((int32_t)number[1] * reciprocal)};
    return divided;
}

static inline frontend_complex frontend_product(frontend_complex a, const int16_t *factor) {
    const frontend_complex product = {frontend_round15(a.real * factor[0] - a.imaginary * factor[1]),
                                      frontend_round15(a.real * factor[1] + a.imaginary * factor[0])};
    return product;
}

static inline frontend_complex frontend_sum(frontend_complex a, frontend_complex b) {
    const frontend_complex sum = {a.real + b.real, a.imaginary + b.imaginary};
    return sum;
}

static inline frontend_complex frontend_difference(frontend_complex a, frontend_complex b) {
    const frontend_complex difference = {a.real - b.real, a.imaginary - b.imaginary};
    return difference;
}

static inline void frontend_store(frontend_int16 *number, int32_t real, int32_t imaginary) {
    number[0] = (int16_t)real;
    number[1] = (int16_t)imaginary;
}

/* Pairs of neighbours. */
static inline void frontend_stage_of_2(frontend_int16 *numbers, uint32_t size) {
    for (frontend_int16 *pair = numbers; pair < numbers + 2u * size; pair += 4) {
        const frontend_complex a = frontend_divided(pair, 32767 / 2);
        const frontend_complex b = frontend_divided(pair + 2, 32767 / 2);
        frontend_store(pair, a.real + b.real, a.imaginary + b.imaginary);
        frontend_store(pair + 2, a.real - b.real, a.imaginary - b.imaginary);
    }
}

/* Four FFTs of `length` become one, all over `numbers`; `factors`: exp(-2j pi k / size), 15 fraction bits.
 *
 * `is_inverse`: factors are conjugates, and so is 1j: two of the four sums change places. */
static inline void frontend_stage_of_4(frontend_int16 *numbers, uint32_t size, uint32_t length, const int16_t *factors,
                                       int is_inverse) {
    const uint32_t second = is_inverse ? 3u : 1u;
    const uint32_t step = 2u * (size / (4u * length));
    const uint32_t leg = 2u * length;
    for (uint32_t k = 0; k < length; ++k) {
        for (frontend_int16 *n = numbers + 2u * k; n < numbers + 2u * size; n += 4u * leg) {
            const frontend_complex a = frontend_divided(n, 32767 / 4);
            frontend_complex b = frontend_divided(n + leg, 32767 / 4);
            frontend_complex c = frontend_divided(n + 2u * leg, 32767 / 4);
            frontend_complex d = frontend_divided(n + 3u * leg, 32767 / 4);
            if (k != 0u) { /* the factor 1 (32767 in 15 bits) changes no value below 2^14 */
                b = frontend_product(b, factors + k * step);
                c = frontend_product(c, factors + 2u * k * step);
                d = frontend_product(d, factors + 3u * k * step);
            }
            const frontend_complex even = frontend_sum(a, c);
            const frontend_complex across = frontend_difference(a, c);
            const frontend_complex odd = frontend_sum(b, d);
            const frontend_complex turned = frontend_difference(b, d);
            frontend_store(n, even.real + odd.real, even.imaginary + odd.imaginary);
            frontend_store(n + second * leg, across.real + turned.imaginary, across.imaginary - turned.real);
            frontend_store(n + 2u * leg, even.real - odd.real, even.imaginary - odd.imaginary);
            frontend_store(n + (4u - second) * leg, across.real - turned.imaginary, across.imaginary + turned.real);
        }
    }
}

/* The spectrum of `size` complex numbers whose parts were the even and odd ones of real samples: `size` + 1 numbers.
 * `factors`: -1j exp(-1j pi k / size) for k from 1. */
static inline void frontend_split(frontend_int16 *numbers, uint32_t size, const int16_t *factors) {
    const frontend_complex first = frontend_divided(numbers, 32767 / 2);
    frontend_store(numbers, first.real + first.imaginary, 0);
    frontend_store(numbers + 2u * size, first.real - first.imaginary, 0);
#if FRONTEND_MVE
    if (size >= 8u) {
        frontend_mve_split(numbers, size, factors);
    } else {
        frontend_dsp_split(numbers, size, factors);
    }
#elif FRONTEND_DSP
    frontend_dsp_split(numbers, size, factors);
#else
    for (uint32_t k = 1; k <= size / 2u; ++k) {
        frontend_int16 *low = numbers + 2u * k;
        frontend_int16 *high = numbers + 2u * (size - k);
        const frontend_int16 conjugate[2] = {high[0], (int16_t)(-(int32_t)high[1])};
        const frontend_complex a = frontend_divided(low, 32767 / 2);
        const frontend_complex b = frontend_divided(conjugate, 32767 / 2);
        const frontend_complex sum = frontend_sum(a, b);
        const frontend_complex turned = frontend_product(frontend_difference(a, b), factors + 2u * (k - 1u));
        /* In the middle both are one number, and the second one stays. */
        frontend_store(low, (sum.real + turned.real) >> 1, (sum.imaginary + turned.imaginary) >> 1);
        frontend_store(high, (sum.real - turned.real) >> 1, (turned.imaginary - sum.imaginary) >> 1);
    }
#endif
}

/* The spectrum of `size` complex numbers that lie in the order that the stages take them in. */
static inline void frontend_fft(frontend_int16 *numbers, uint32_t size, const int16_t *factors, int is_inverse) {
    uint32_t length = 1;
    for (uint32_t rest = size; rest != 1u; rest /= 4u) {
        if (rest == 2u) {
            frontend_stage_of_2(numbers, size);
            length = 2;
            break;
        }
    }
    for (; length < size; length *= 4u) {
#if FRONTEND_MVE
        if (length >= 4u) {
            frontend_mve_stage_of_4(numbers, size, length, factors, is_inverse);
        } else if (length == 1u && size >= 16u) {
            frontend_mve_first_stage_of_4(numbers, size, is_inverse);
        } else {
            frontend_dsp_stage_of_4(numbers, size, length, factors, is_inverse);
        }
#elif FRONTEND_DSP
        frontend_dsp_stage_of_4(numbers, size, length, factors, is_inverse);
#else
        frontend_stage_of_4(numbers, size, length, factors, is_inverse);
#endif
    }
}

/* The spectrum of 2 * `size` real samples, which lie in `numbers` where frontend_load puts them; there is room for
 * `size` + 1. */
static inline void frontend_real_fft(frontend_int16 *numbers, uint32_t size, const int16_t *factors,
                                     const int16_t *split_factors) {
    frontend_fft(numbers, size, factors, 0);
    frontend_split(numbers, size, split_factors);
}

#endif
