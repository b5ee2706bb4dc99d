/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Noise reduction: each band's noise, a low-pass filter over time, is taken off, but never all of the signal. */
#ifndef FRONTEND_NOISE_REDUCTION_H
#define FRONTEND_NOISE_REDUCTION_H

#include "integers.h"

/* How an estimate follows the signal; the two shares add up to 1, with the fraction bits of frontend_noise_reduction.
 */
typedef struct {
    uint32_t newest;
    uint32_t kept;
} frontend_smoothing;

typedef struct {
    uint8_t smoothing_bits;  /* fraction bits of the estimate */
    uint8_t share_bits;      /* fraction bits of the shares */
    uint8_t is_clamped;      /* an estimate above the signal becomes the signal */
    frontend_smoothing even; /* for bands 0, 2, 4 ... */
    frontend_smoothing odd;
    uint32_t remaining; /* the least share of the signal that stays */
} frontend_noise_reduction;

/* `result` may be `signal`. */
static inline void frontend_reduce_noise(const frontend_noise_reduction *reduction, frontend_uint32 *estimate,
                                         const frontend_uint32 *signal, frontend_uint32 *result, uint32_t bands) {
    for (uint32_t band = 0; band < bands; ++band) {
        const frontend_smoothing *smoothing = band % 2u == 0u ? &reduction->even : &reduction->odd;
        const uint32_t now = signal[band];
        const uint32_t scaled = now << reduction->smoothing_bits;
        const uint64_t sum = (uint64_t)scaled * smoothing->newest + (uint64_t)estimate[band] * smoothing->kept;
        uint32_t noise = (uint32_t)(sum >> reduction->share_bits);
        estimate[band] = noise;
        if (noise > scaled) {
            noise = scaled;
            if (reduction->is_clamped != 0u) {
                estimate[band] = noise;
            }
        }
        const uint32_t least = (uint32_t)(((uint64_t)now * reduction->remaining) >> reduction->share_bits);
        const uint32_t left = (scaled - noise) >> reduction->smoothing_bits;
        result[band] = left > least ? left : least;
    }
}

#endif
