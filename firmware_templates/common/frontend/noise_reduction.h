/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Noise reduction: each band's noise, a low-pass filter over time, is taken off, but never all of the signal. */
#ifndef FRONTEND_NOISE_REDUCTION_H
#define FRONTEND_NOISE_REDUCTION_H

#include "integers.h"

/* Shares have 14 fraction bits. */
typedef struct {
    uint8_t smoothing_bits; /* fraction bits of the estimate */
    uint16_t even;          /* share of the newest frame, for bands 0, 2, 4 ... */
    uint16_t odd;
    uint16_t remaining; /* the least share of the signal that stays */
} frontend_noise_reduction;

static inline void frontend_reduce_noise(const frontend_noise_reduction *reduction, uint32_t *estimate,
                                         uint32_t *signal, uint32_t bands) {
    for (uint32_t band = 0; band < bands; ++band) {
        const uint32_t share = band % 2u == 0u ? reduction->even : reduction->odd;
        const uint32_t scaled = signal[band] << reduction->smoothing_bits;
        const uint64_t sum = (uint64_t)scaled * share + (uint64_t)estimate[band] * (((uint32_t)1 << 14) - share);
        estimate[band] = (uint32_t)(sum >> 14);
        const uint32_t noise = estimate[band] < scaled ? estimate[band] : scaled;
        const uint32_t least = (uint32_t)(((uint64_t)signal[band] * reduction->remaining) >> 14);
        const uint32_t left = (scaled - noise) >> reduction->smoothing_bits;
        signal[band] = left > least ? left : least;
    }
}

#endif
