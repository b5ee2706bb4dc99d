/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The window and the shift of window.h, eight samples at a time. */
#ifndef FRONTEND_WINDOW_MVE_H
#define FRONTEND_WINDOW_MVE_H

#include "dsp.h"

#include <arm_mve.h>

/* See frontend_windowed_pairs in window.h. */
static inline uint32_t frontend_windowed_pairs(const int16_t *samples, const int16_t *coefficients, uint32_t count,
                                               const uint16_t *places, uint32_t size, frontend_int16 *numbers) {
    int32_t *words = (int32_t *)(void *)numbers; /* complex numbers are words, and lie on multiples of 4 */
    int16x8_t largest = vdupq_n_s16(0);
    int16x8_t smallest = largest;
    for (uint32_t i = 0; i < 2u * size; i += 8u) { /* FFTs have four complex numbers and more */
        const mve_pred16_t there = vctp16q(i < count ? count - i : 0u);
        const int16x8_t sample = vldrhq_z_s16(samples + i, there);
        const int16x8_t coefficient = vldrhq_z_s16(coefficients + i, there);
        const int32x4_t even = vshrq_n_s32(vmullbq_int_s16(sample, coefficient), 12);
        const int32x4_t odd = vshrq_n_s32(vmulltq_int_s16(sample, coefficient), 12);
        const int16x8_t pairs = vmovntq_s32(vreinterpretq_s16_s32(even), odd);
        largest = vmaxq_s16(largest, pairs);
        smallest = vminq_s16(smallest, pairs);
        vstrwq_scatter_shifted_offset_s32(words, vldrhq_u32(places + i / 2u), vreinterpretq_s32_s16(pairs));
    }
    FRONTEND_BARRIER();
    const int32_t highest = vmaxvq_s16(0, largest);
    const int32_t lowest = vminvq_s16(0, smallest);
    if (lowest == -32768) { /* does not count, but hides those that do */
        return frontend_peak(numbers, 2u * size);
    }
    return (uint32_t)(highest > -lowest ? highest : -lowest);
}

static inline void frontend_shift_left(frontend_int16 *numbers, uint32_t size, uint8_t shift) {
    for (uint32_t i = 0; i < 2u * size; i += 8u) {
        vstrhq_s16(numbers + i, vshlq_r_s16(vldrhq_s16(numbers + i), shift));
    }
}

#endif
