/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* An analog input by analogRead(), which every Arduino core has: this file is yours.  Nothing collects while a model runs,
 * so it is for slow signals: a sample whose moment passed unread is lost, and counted. */
#include <Arduino.h>

#include "mcu_sensor.h"

#define PIN A0
#define SAMPLES_PER_S 100u
#define INTERVAL_US (1000000u / SAMPLES_PER_S)
#define STEPS_PER_VOLT (1023.0f / 3.3f) /* 10 bits, as cores have it if nobody changes that; your board's supply */

static const mcu_sensor_info info = {MCU_SENSOR_ANALOG, 1, SAMPLES_PER_S * 1000u, 1.0f / STEPS_PER_VOLT};
static uint32_t due_us;
static uint32_t lost;

bool mcu_sensor_start(void) {
    due_us = static_cast<uint32_t>(micros()) + INTERVAL_US;
    lost = 0;
    return true;
}

const mcu_sensor_info *mcu_sensor_describe(void) {
    return &info;
}

uint32_t mcu_sensor_read(int16_t *numbers, uint32_t capacity) {
    const uint32_t now_us = static_cast<uint32_t>(micros());
    if (capacity == 0u || due_us - now_us - 1u < INTERVAL_US) { /* not due: it is at most one interval away */
        return 0;
    }
    const uint32_t missed = (now_us - due_us) / INTERVAL_US;
    lost += missed;
    due_us += (missed + 1u) * INTERVAL_US;
    numbers[0] = static_cast<int16_t>(analogRead(PIN));
    return 1;
}

uint32_t mcu_sensor_lost(void) {
    return lost;
}

bool mcu_sensor_ended(void) {
    return false;
}

void mcu_sensor_stop(void) {
}
