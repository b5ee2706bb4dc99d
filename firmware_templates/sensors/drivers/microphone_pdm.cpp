/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A microphone with a PDM output, by the library PDM of the board's Arduino core: this file is yours. */
#include <Arduino.h>
#include <PDM.h>

#include "mcu_sensor.h"

#define RING_SAMPLES 2048u /* an eighth of a second; a power of two, for the indices below wrap around */
#define SAMPLES_AT_ONCE 64u /* while interrupts are off: a few microseconds */
#define SAMPLES_PER_S 16000

static const mcu_sensor_info info = {MCU_SENSOR_MICROPHONE, 1, SAMPLES_PER_S * 1000ul, 1.0f / 32768.0f};
static int16_t ring[RING_SAMPLES];
static volatile uint32_t written; /* by the interrupt */
static uint32_t taken;            /* by the reader; both count all samples since start-up, lost ones too */
static uint32_t lost;

/* Called by the library when a block is there.  It overwrites what nobody took in time: the oldest is lost. */
static void on_sound() {
    int16_t block[256];
    int bytes = PDM.available();
    while (bytes > 0) {
        const size_t left = static_cast<size_t>(bytes);
        const int part = PDM.read(block, left < sizeof block ? left : sizeof block);
        if (part <= 0) {
            return;
        }
        for (uint32_t i = 0; i < static_cast<uint32_t>(part) / sizeof block[0]; i++) {
            ring[written % RING_SAMPLES] = block[i];
            written = written + 1u;
        }
        bytes -= part;
    }
}

bool mcu_sensor_start(void) {
    taken = written;
    lost = 0;
    PDM.onReceive(on_sound);
    return PDM.begin(1, SAMPLES_PER_S) != 0;
}

const mcu_sensor_info *mcu_sensor_describe(void) {
    return &info;
}

/* Takes a few samples while the interrupt cannot overwrite them.  Samples that were lost lie before what a read returns:
 * a read that has taken some already ends there. */
static uint32_t take(int16_t *numbers, uint32_t capacity, bool is_first) {
    noInterrupts();
    const uint32_t end = written;
    if (end - taken > RING_SAMPLES) {
        if (!is_first) {
            interrupts();
            return 0;
        }
        lost += end - taken - RING_SAMPLES;
        taken = end - RING_SAMPLES;
    }
    uint32_t count = 0;
    while (count < capacity && count < SAMPLES_AT_ONCE && taken != end) {
        numbers[count++] = ring[taken % RING_SAMPLES];
        taken++;
    }
    interrupts();
    return count;
}

uint32_t mcu_sensor_read(int16_t *numbers, uint32_t capacity) {
    uint32_t count = 0;
    while (count < capacity) {
        const uint32_t got = take(numbers + count, capacity - count, count == 0u);
        if (got == 0u) {
            break;
        }
        count += got;
    }
    return count;
}

uint32_t mcu_sensor_lost(void) {
    return lost;
}

bool mcu_sensor_ended(void) {
    return false;
}

void mcu_sensor_stop(void) {
    PDM.end();
}
