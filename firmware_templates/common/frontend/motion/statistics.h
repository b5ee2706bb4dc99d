/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Statistics of a window of one axis: 16 bits each; what has signs has 32768 added. */
#ifndef FRONTEND_MOTION_STATISTICS_H
#define FRONTEND_MOTION_STATISTICS_H

#include "../bands.h"

typedef struct {
    uint64_t squares;
    int32_t total;
    int16_t least;
    int16_t most;
    uint16_t crossings; /* of zero */
} frontend_sums;

static inline void frontend_summarise(const int16_t *samples, uint16_t count, frontend_sums *sums) {
    sums->squares = 0;
    sums->total = 0;
    sums->least = samples[0];
    sums->most = samples[0];
    sums->crossings = 0;
    for (uint16_t i = 0; i < count; ++i) {
        const int16_t x = samples[i];
        sums->total += x;
        sums->squares += (uint32_t)((int32_t)x * x);
        sums->least = x < sums->least ? x : sums->least;
        sums->most = x > sums->most ? x : sums->most;
        if (i != 0u && (x < 0) != (samples[i - 1u] < 0)) {
            ++sums->crossings;
        }
    }
}

/* The mean, rounded to the nearest integer, halves up. */
static inline uint16_t frontend_mean(const frontend_sums *sums, uint16_t count) {
    return (uint16_t)(((uint32_t)(sums->total + (int32_t)count * 32768) + count / 2u) / count);
}

/* A root of `count` times as much, divided by `count`. */
static inline uint16_t frontend_root_mean(uint64_t scaled, uint16_t count) {
    return (uint16_t)((frontend_root(scaled) + count / 2u) / count);
}

static inline uint16_t frontend_std(const frontend_sums *sums, uint16_t count) {
    const int64_t total = sums->total;
    return frontend_root_mean(count * sums->squares - (uint64_t)(total * total), count);
}

static inline uint16_t frontend_rms(const frontend_sums *sums, uint16_t count) {
    return frontend_root_mean(count * sums->squares, count);
}

static inline uint16_t frontend_raised(int16_t value) {
    return (uint16_t)((int32_t)value + 32768);
}

static inline uint16_t frontend_peak_to_peak(const frontend_sums *sums) {
    return (uint16_t)((int32_t)sums->most - sums->least);
}

#endif
