/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Filters of a motion sensor's readings, one sample of one axis at a time.
 *
 * They begin as if the first reading had been there forever, so that gravity is no step. */
#ifndef FRONTEND_MOTION_FILTERS_H
#define FRONTEND_MOTION_FILTERS_H

#include <stdbool.h>

#include "../integers.h"

#define FRONTEND_BIQUAD_MOST ((int32_t)1 << 28) /* twice what 16 bits need, with 12 fraction bits */

/* y = b0 x0 + b1 x1 + b2 x2 - a1 y1 - a2 y2; coefficients have 28 fraction bits. */
typedef struct {
    int32_t b0, b1, b2, a1, a2;
    bool passes_steady; /* a low pass: its output begins at the first reading, else at 0 */
} frontend_biquad;

typedef struct {
    int32_t y1, y2; /* 12 fraction bits */
    int16_t x1, x2;
} frontend_biquad_memory;

typedef struct {
    int32_t sum;
    uint16_t oldest;
} frontend_average_memory;

static inline int16_t frontend_clamp16(int32_t value) {
    return value < -32768 ? INT16_MIN : value > 32767 ? INT16_MAX : (int16_t)value;
}

static inline void frontend_biquad_start(const frontend_biquad *filter, frontend_biquad_memory *memory, int16_t first) {
    const int32_t output = filter->passes_steady ? (int32_t)first * 4096 : 0;
    memory->x1 = first;
    memory->x2 = first;
    memory->y1 = output;
    memory->y2 = output;
}

static inline int16_t frontend_biquad_step(const frontend_biquad *filter, frontend_biquad_memory *memory, int16_t x) {
    const int64_t from_inputs =
        (int64_t)filter->b0 * x + (int64_t)filter->b1 * memory->x1 + (int64_t)filter->b2 * memory->x2;
    const int64_t from_outputs = (int64_t)filter->a1 * memory->y1 + (int64_t)filter->a2 * memory->y2;
    const int64_t sum = (from_inputs * 4096 - from_outputs + ((int64_t)1 << 27)) >> 28;
    const int32_t y = sum < -FRONTEND_BIQUAD_MOST  ? -FRONTEND_BIQUAD_MOST
                      : sum > FRONTEND_BIQUAD_MOST ? FRONTEND_BIQUAD_MOST
                                                   : (int32_t)sum;
    memory->x2 = memory->x1;
    memory->x1 = x;
    memory->y2 = memory->y1;
    memory->y1 = y;
    return frontend_clamp16((y + 2048) >> 12);
}

/* `history`: the last `count` samples. */
static inline void frontend_average_start(frontend_average_memory *memory, int16_t *history, uint16_t count,
                                          int16_t first) {
    for (uint16_t i = 0; i < count; ++i) {
        history[i] = first;
    }
    memory->sum = (int32_t)count * first;
    memory->oldest = 0;
}

/* The mean of the last `count` samples, rounded to the nearest integer, halves up. */
static inline int16_t frontend_average_step(frontend_average_memory *memory, int16_t *history, uint16_t count,
                                            int16_t x) {
    memory->sum += (int32_t)x - history[memory->oldest];
    history[memory->oldest] = x;
    memory->oldest = (uint16_t)(memory->oldest + 1u == count ? 0u : memory->oldest + 1u);
    const uint32_t raised = (uint32_t)(memory->sum + (int32_t)count * 32768) + count / 2u;
    return (int16_t)((int32_t)(raised / count) - 32768);
}

#endif
