/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Readings of an accelerometer that keeps one at a time: those that come while nobody asks are lost, and how many is
 * what the clock says.  For one driver, which defines RATE_MILLIHZ and includes Arduino.h before. */
#ifndef MCU_POLLED_READINGS_H
#define MCU_POLLED_READINGS_H

#include <stdint.h>

#define INTERVAL_US (1000000000u / RATE_MILLIHZ)
#define READINGS_PER_CORRECTION 4u
#define LSB_PER_G 8192.0f /* +-4 g in 16 bits */

static bool readings_began;     /* there was one since the start */
static uint32_t reading_due_us; /* when the sensor has the next one */
static uint32_t readings_taken; /* since the last correction or loss */
static uint32_t least_late_us;  /* how long after it was due the most punctual of them was taken */
static uint32_t readings_lost;

static inline void readings_reset(void) {
    readings_began = false;
    readings_taken = 0;
    readings_lost = 0;
}

static inline int16_t reading_of_g(float g) {
    const float limited = g < -3.999f ? -3.999f : g > 3.999f ? 3.999f : g;
    return (int16_t)(limited * LSB_PER_G + (limited < 0.0f ? -0.5f : 0.5f));
}

/* For every reading that is taken.  Whole intervals that passed without one, since it was due: times between two reads
 * vary, those between two readings do not.  The sensor's clock is not the board's: a reading that is there before it is
 * due is never late, and where none of the last ones was in time the sensor is slower than it says, and all become due
 * later. Half an interval more is tolerated, so that nothing is counted that was not lost; of single lost readings some
 * go uncounted. */
static inline void readings_count_lost(void) {
    const uint32_t now_us = (uint32_t)micros();
    const bool is_early = reading_due_us - now_us - 1u < INTERVAL_US;
    if (!readings_began || is_early) {
        reading_due_us = now_us;
        readings_began = true;
    }
    if (now_us - reading_due_us >= INTERVAL_US + INTERVAL_US / 2u) {
        const uint32_t missed = (now_us - reading_due_us) / INTERVAL_US;
        readings_lost += missed;
        reading_due_us += missed * INTERVAL_US;
        readings_taken = 0;
    }
    const uint32_t late_us = now_us - reading_due_us;
    if (readings_taken == 0u || late_us < least_late_us) {
        least_late_us = late_us;
    }
    readings_taken++;
    if (readings_taken == READINGS_PER_CORRECTION) {
        reading_due_us += least_late_us;
        readings_taken = 0;
    }
    reading_due_us += INTERVAL_US;
}

#endif
