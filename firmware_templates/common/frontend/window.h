/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The first stage: samples times a window, as far to the left in 16 bits as the loudest of them allows. */
#ifndef FRONTEND_WINDOW_H
#define FRONTEND_WINDOW_H

#include "integers.h"

/* A sample times a coefficient with 12 fraction bits. */
static inline int16_t frontend_windowed(int16_t sample, int16_t coefficient) {
    return (int16_t)(((int32_t)sample * coefficient) >> 12);
}

/* The largest absolute value.  -32768 has none in 16 bits and does not count. */
static inline uint32_t frontend_peak(const frontend_int16 *numbers, uint32_t count) {
    int16_t peak = 0;
    for (uint32_t i = 0; i < count; ++i) {
        const int16_t value = numbers[i];
        const int16_t size = value < 0 ? (int16_t)(-(int32_t)value) : value;
        peak = size > peak ? size : peak;
    }
    return (uint32_t)peak;
}

#if FRONTEND_MVE
#include "window_mve.h"
#elif FRONTEND_DSP
#include "window_dsp.h"
#else
/* Sample `i` times coefficient `i`, and zeros behind the last one, as `size` complex numbers, even samples real and odd
 * ones imaginary, at `places`: where the FFT takes each.  The result is the largest absolute value. */
static inline uint32_t frontend_windowed_pairs(const int16_t *samples, const int16_t *coefficients, uint32_t count,
                                               const uint16_t *places, uint32_t size, frontend_int16 *numbers) {
    for (uint32_t i = 0; i < 2u * size; ++i) {
        numbers[2u * (uint32_t)places[i / 2u] + i % 2u] =
            i < count ? frontend_windowed(samples[i], coefficients[i]) : (int16_t)0;
    }
    return frontend_peak(numbers, 2u * size);
}

static inline void frontend_shift_left(frontend_int16 *numbers, uint32_t size, uint8_t shift) {
    for (uint32_t i = 0; i < 2u * size; ++i) {
        numbers[i] = (int16_t)(uint16_t)((uint32_t)numbers[i] << shift);
    }
}
#endif

/* The windowed samples as frontend_windowed_pairs places them, shifted to the left as far as the largest of them
 * allows, which is the result.  A number of -32768 may wrap around to 0. */
static inline uint8_t frontend_load(const int16_t *samples, const int16_t *coefficients, uint32_t count,
                                    const uint16_t *places, uint32_t size, frontend_int16 *numbers) {
    const uint32_t peak = frontend_windowed_pairs(samples, coefficients, count, places, size, numbers);
    const uint8_t shift = (uint8_t)(15u - frontend_bits(peak));
    if (shift != 0u) {
        frontend_shift_left(numbers, size, shift);
    }
    return shift;
}

#endif
