/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A microphone with a PDM output, by the library PDM of the board's Arduino core: this file is yours. */
#include <Arduino.h>
#include <PDM.h>

#include "mcu_sensor.h"

#define RING_SAMPLES 2048u /* an eighth of a second; a power of two, for the indices below wrap around */
#include "sample_ring.h"

#define SAMPLES_PER_S 16000

static const mcu_sensor_info info = {MCU_SENSOR_MICROPHONE, 1, SAMPLES_PER_S * 1000ul, 1.0f / 32768.0f};

/* Called by the library when a block is there. */
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
            ring_put(block[i]);
        }
        bytes -= part;
    }
}

bool mcu_sensor_start(void) {
    ring_reset();
    PDM.onReceive(on_sound);
    return PDM.begin(1, SAMPLES_PER_S) != 0;
}

const mcu_sensor_info *mcu_sensor_describe(void) {
    return &info;
}

uint32_t mcu_sensor_read(int16_t *numbers, uint32_t capacity) {
    return ring_read(numbers, capacity);
}

uint32_t mcu_sensor_lost(void) {
    return ring_lost;
}

bool mcu_sensor_ended(void) {
    return false;
}

void mcu_sensor_stop(void) {
    PDM.end();
}
