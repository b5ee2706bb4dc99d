/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Mel bands: triangles over the spectrum's energy, and the square root of what is in each. */
#ifndef FRONTEND_BANDS_H
#define FRONTEND_BANDS_H

#include "integers.h"
#if FRONTEND_DSP
#include "dsp.h"
#endif

/* Bin first + i is on the rising side of band b, where i is from ends[b - 1] to ends[b], and on the falling side of the
 * band before.  Band 0 is only there for its falling side. */
typedef struct {
    uint16_t first;
    uint16_t bands;
    const uint16_t *ends;   /* [bands + 1] */
    const uint16_t *rising; /* [bins], 12 fraction bits */
    const uint16_t *falling;
} frontend_filterbank;

/* |number|^2 */
static inline uint32_t frontend_energy(const frontend_int16 *number) {
#if FRONTEND_DSP
    const uint32_t pair = frontend_pair(number);
    return frontend_smuad(pair, pair);
#else
    return (uint32_t)((int32_t)number[0] * number[0]) + (uint32_t)((int32_t)number[1] * number[1]);
#endif
}

#if FRONTEND_DIVIDES
/* The root, rounded down, of 2^30 and above: a line through the range, two of Newton's steps from it (off by one at
 * most), and a look. */
static inline uint32_t frontend_root_of_32(uint32_t value) {
    uint32_t root = (((value >> 15) * 5461u) >> 14) + 22000u; /* 2^15 (t / 3 + 0.67), t = value / 2^30 from 1 to 4 */
    root = (root + value / root) / 2u;
    root = (root + value / root) / 2u;
    if (root > 65535u || root * root > value) {
        --root;
    }
    return root;
}

/* See below.  The root of the upper half, and a division for the lower one (Zimmermann, Karatsuba square root, 1999).
 */
static inline uint32_t frontend_root(uint64_t value) {
    const uint32_t high = (uint32_t)(value >> 32);
    if (high == 0u) {
        const uint32_t low = (uint32_t)value;
        if (low == 0u) {
            return 0;
        }
        const uint32_t pairs = (32u - frontend_bits(low)) / 2u; /* of bits that are zero */
        const uint32_t root = frontend_root_of_32(low << (2u * pairs)) >> pairs;
        return root + (uint32_t)(low - root * root > root && root != 65535u);
    }
    const uint32_t pairs = (32u - frontend_bits(high)) / 2u;
    const uint64_t scaled = value << (2u * pairs);
    const uint32_t upper = (uint32_t)(scaled >> 32);
    const uint32_t lower = (uint32_t)scaled;
    const uint32_t above = frontend_root_of_32(upper);
    const uint32_t left = upper - above * above;          /* at most 2 * above */
    const uint32_t halved = (left << 15) | (lower >> 17); /* (left, next 16 bits) / 2 */
    const uint32_t below = halved / above;                /* may be 2^16 */
    const uint32_t remainder = 2u * (halved - below * above) + ((lower >> 16) & 1u);
    const int64_t rest =
        (int64_t)(((uint64_t)remainder << 16) | (lower & 0xFFFFu)) - (int64_t)((uint64_t)below * below);
    const uint32_t root = ((above << 16) + below - (uint32_t)(rest < 0)) >> pairs;
    return root + (uint32_t)(value - (uint64_t)root * root > root);
}
#else
/* The square root, to the nearest integer, of a value below 2^58; of one below 2^32 at most 65535. */
static inline uint32_t frontend_root(uint64_t value) {
    uint32_t high = (uint32_t)(value >> 32);
    uint32_t low = (uint32_t)value;
    uint32_t pairs = 32;
    const int is_short = high == 0u;
    if (is_short) {
        high = low;
        low = 0;
        pairs = 16;
    }
    const uint32_t skipped = (32u - frontend_bits(high)) / 2u; /* pairs of bits that are zero */
    if (skipped == 16u) {
        return 0; /* high is 0, and then value is */
    }
    if (skipped != 0u) {
        high = (high << (2u * skipped)) | (low >> (32u - 2u * skipped));
        low <<= 2u * skipped;
    }
    uint32_t root = 0;
    uint32_t rest = 0;
    for (pairs -= skipped; pairs != 0u; --pairs) {
        rest = (rest << 2) | (high >> 30);
        high = (high << 2) | (low >> 30);
        low <<= 2;
        root <<= 1;
        if (rest > 2u * root) {
            rest -= 2u * root + 1u;
            ++root;
        }
    }
    return root + (uint32_t)(rest > root && !(is_short && root == 65535u));
}
#endif

#if FRONTEND_MVE
#include "bands_mve.h"
#else
/* Adds what `count` bins give to the band that rises there and to the one that falls. */
static inline void frontend_add_bins(const frontend_int16 *numbers, const uint16_t *rising, const uint16_t *falling,
                                     uint32_t count, uint64_t *up, uint64_t *down) {
    uint64_t rising_sum = *up;
    uint64_t falling_sum = *down;
    for (uint32_t i = 0; i < count; ++i) {
        const uint32_t energy = frontend_energy(numbers + 2u * i);
        rising_sum += (uint64_t)energy * rising[i];
        falling_sum += (uint64_t)energy * falling[i];
    }
    *up = rising_sum;
    *down = falling_sum;
}
#endif

/* The roots of the energies in the bands, shifted back by what the samples were shifted to the left. */
static inline void frontend_bands(const frontend_filterbank *bank, const frontend_int16 *spectrum, uint8_t shift,
                                  frontend_uint32 *signal) {
    const frontend_int16 *numbers = spectrum + 2u * (uint32_t)bank->first;
    uint64_t carried = 0; /* what the bins before gave to this band */
    uint32_t bin = 0;
    for (uint32_t band = 0; band <= bank->bands; ++band) {
        uint64_t sum = carried;
        carried = 0;
        const uint32_t end = bank->ends[band];
        frontend_add_bins(numbers + 2u * bin, bank->rising + bin, bank->falling + bin, end - bin, &sum, &carried);
        bin = end;
        if (band != 0u) {
            signal[band - 1u] = frontend_root(sum) >> shift;
        }
    }
}

#endif
