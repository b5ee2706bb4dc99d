/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Per-channel amplitude normalization: a gain that falls with the band's noise, then compression. */
#ifndef FRONTEND_PCAN_H
#define FRONTEND_PCAN_H

#include "integers.h"

/* The gain at `noise`: parabolas between powers of two.  curve[0], curve[1]: at 0 and 1; curve[4 n - 6 ...] for n = 2
 * .. 32: value, slope and curvature from 2^(n - 1) on, and an element that is not used. */
static inline uint32_t frontend_gain(const frontend_int16 *curve, uint32_t noise) {
    if (noise <= 2u) {
        return (uint32_t)(int32_t)curve[noise];
    }
    const uint32_t interval = frontend_bits(noise);
    const frontend_int16 *parabola = curve + 4u * interval - 6u;
    const int32_t fraction =
        (int32_t)((interval < 11u ? noise << (11u - interval) : noise >> (interval - 11u)) & 0x3FFu);
    int32_t value = ((int32_t)parabola[2] * fraction) >> 5;
    value += (int32_t)parabola[1] * 32;
    value = (value * fraction + ((int32_t)1 << 14)) >> 15;
    return (uint32_t)(int32_t)(int16_t)(value + parabola[0]);
}

/* `ratio` with 12 fraction bits to 6 of them: a parabola below 2, a line above. */
static inline uint32_t frontend_compressed(uint32_t ratio) {
    return ratio < ((uint32_t)2 << 12) ? (ratio * ratio) >> 20 : (ratio >> 6) - 64u;
}

/* `result` may be `signal`. */
static inline void frontend_pcan(const frontend_int16 *curve, uint8_t shift, const frontend_uint32 *noise,
                                 const frontend_uint32 *signal, frontend_uint32 *result, uint32_t bands) {
    for (uint32_t band = 0; band < bands; ++band) {
        const uint64_t amplified = (uint64_t)signal[band] * frontend_gain(curve, noise[band]);
        result[band] = frontend_compressed((uint32_t)(amplified >> shift));
    }
}

#endif
