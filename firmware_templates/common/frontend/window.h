/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The first stage: samples times a window, as far to the left in 16 bits as the loudest of them allows. */
#ifndef FRONTEND_WINDOW_H
#define FRONTEND_WINDOW_H

#include "integers.h"

/* A sample times a coefficient with 12 fraction bits. */
static inline int16_t frontend_windowed(int16_t sample, int16_t coefficient) {
    return (int16_t)(((int32_t)sample * coefficient) >> 12);
}

/* How far all of the windowed samples can be shifted to the left.  -32768 has no absolute value in 16 bits and does not
 * count: it may wrap around to 0 when it is shifted. */
static inline uint8_t frontend_headroom(const int16_t *samples, const int16_t *coefficients, uint32_t count) {
    int16_t peak = 0;
    for (uint32_t i = 0; i < count; ++i) {
        const int16_t value = frontend_windowed(samples[i], coefficients[i]);
        const int16_t size = value < 0 ? (int16_t)(-(int32_t)value) : value;
        peak = size > peak ? size : peak;
    }
    return (uint8_t)(15u - frontend_bits((uint32_t)peak));
}

/* The windowed and shifted samples as complex numbers, even samples real and odd ones imaginary, in the order that the
 * FFT takes them in; zeros where the window is shorter than the FFT. */
static inline void frontend_load(const int16_t *samples, const int16_t *coefficients, uint32_t count, uint8_t shift,
                                 const uint16_t *order, uint32_t size, int16_t *numbers) {
    for (uint32_t position = 0; position < size; ++position) {
        const uint32_t from = 2u * (uint32_t)order[position];
        for (uint32_t part = 0; part < 2u; ++part) {
            uint32_t value = 0;
            if (from + part < count) {
                value = (uint32_t)frontend_windowed(samples[from + part], coefficients[from + part]) << shift;
            }
            numbers[2u * position + part] = (int16_t)(uint16_t)value;
        }
    }
}

#endif
