/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Samples that an interrupt collects while nobody asks: the part of a driver between its interrupt and
 * mcu_sensor_read(). For one driver, which defines RING_SAMPLES, a power of two, and includes Arduino.h before. */
#ifndef MCU_SAMPLE_RING_H
#define MCU_SAMPLE_RING_H

#include <stdint.h>

#define RING_SAMPLES_AT_ONCE 64u /* while interrupts are off: a few microseconds */

static int16_t ring[RING_SAMPLES];
static volatile uint32_t ring_written; /* by the interrupt */
static uint32_t ring_taken;            /* by the reader; both count all samples since start-up, lost ones too */
static uint32_t ring_lost;

static inline void ring_reset(void) {
    ring_taken = ring_written;
    ring_lost = 0;
}

/* For the interrupt.  It overwrites what nobody took in time: the oldest is lost. */
static inline void ring_put(int16_t sample) {
    ring[ring_written % RING_SAMPLES] = sample;
    ring_written = ring_written + 1u;
}

/* Takes a few samples while the interrupt cannot overwrite them.  Samples that were lost lie before what a read
 * returns: a read that has taken some already ends there. */
static inline uint32_t ring_take(int16_t *numbers, uint32_t capacity, bool is_first) {
    noInterrupts();
    const uint32_t end = ring_written;
    if (end - ring_taken > RING_SAMPLES) {
        if (!is_first) {
            interrupts();
            return 0;
        }
        ring_lost += end - ring_taken - RING_SAMPLES;
        ring_taken = end - RING_SAMPLES;
    }
    uint32_t count = 0;
    while (count < capacity && count < RING_SAMPLES_AT_ONCE && ring_taken != end) {
        numbers[count++] = ring[ring_taken % RING_SAMPLES];
        ring_taken++;
    }
    interrupts();
    return count;
}

/* As mcu_sensor_read(). */
static inline uint32_t ring_read(int16_t *numbers, uint32_t capacity) {
    uint32_t count = 0;
    while (count < capacity) {
        const uint32_t got = ring_take(numbers + count, capacity - count, count == 0u);
        if (got == 0u) {
            break;
        }
        count += got;
    }
    return count;
}

#endif
