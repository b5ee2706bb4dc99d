/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The window and the shift of window.h, two samples at a time. */
#ifndef FRONTEND_WINDOW_DSP_H
#define FRONTEND_WINDOW_DSP_H

#include "dsp.h"

/* See frontend_windowed_pairs in window.h. */
static inline uint32_t frontend_windowed_pairs(const int16_t *samples, const int16_t *coefficients, uint32_t count,
                                               const uint16_t *places, uint32_t size, frontend_int16 *numbers) {
    uint32_t largest = 0;
    uint32_t smallest = 0;
    const int16_t *whole = samples + (count & ~(uint32_t)1);
    for (; samples < whole; samples += 2, coefficients += 2, ++places) {
        const uint32_t sample = frontend_pair(samples);
        const uint32_t coefficient = frontend_pair(coefficients);
        const uint32_t upper = frontend_smultt(sample, coefficient) << 4;
        const uint32_t pair = FRONTEND_PACKED(upper, frontend_smulbb(sample, coefficient), 12);
        largest = frontend_larger(largest, pair);
        smallest = frontend_smaller(smallest, pair);
        frontend_store_pair(numbers + 2u * (uint32_t)*places, pair);
    }
    for (uint32_t i = count / 2u; i < size; ++i, ++places) {
        uint32_t pair = 0;
        if (2u * i < count) { /* the last sample of an odd number */
            pair = (uint16_t)frontend_windowed(*samples, *coefficients);
            largest = frontend_larger(largest, pair);
            smallest = frontend_smaller(smallest, pair);
        }
        frontend_store_pair(numbers + 2u * (uint32_t)*places, pair);
    }
    const int32_t highest = (int16_t)largest > (int16_t)(largest >> 16) ? (int16_t)largest : (int16_t)(largest >> 16);
    const int32_t lowest =
        (int16_t)smallest < (int16_t)(smallest >> 16) ? (int16_t)smallest : (int16_t)(smallest >> 16);
    if (lowest == -32768) { /* does not count, but hides those that do */
        return frontend_peak(numbers, 2u * size);
    }
    return (uint32_t)(highest > -lowest ? highest : -lowest);
}

static inline void frontend_shift_left(frontend_int16 *numbers, uint32_t size, uint8_t shift) {
    const frontend_int16 *end = numbers + 2u * size;
    for (; numbers < end; numbers += 4) { /* sizes of FFTs are even */
        const uint32_t first = frontend_pair(numbers);
        const uint32_t second = frontend_pair(numbers + 2);
        frontend_store_pair(numbers, frontend_pkhbt(first << shift, (first & 0xFFFF0000u) << shift));
        frontend_store_pair(numbers + 2, frontend_pkhbt(second << shift, (second & 0xFFFF0000u) << shift));
    }
}

#endif
