/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* An analog input by analogRead(), which every Arduino core has: this file is yours.  Nothing collects while a model runs,
 * so it is for slow signals: a sample whose moment passed unread is lost, and counted. */
#include <Arduino.h>

#include "mcu_sensor.h"

#define PIN A0
#define SAMPLES_PER_S 100ul
#define INTERVAL_US (1000000ul / SAMPLES_PER_S)
#define STEPS_PER_VOLT (1023.0f / 3.3f) /* 10 bits, as cores have it if nobody changes that; your board's supply */

static const mcu_sensor_info info = {MCU_SENSOR_ANALOG, 1, SAMPLES_PER_S * 1000ul, 1.0f / STEPS_PER_VOLT};
static unsigned long due_us;
static uint32_t lost;

bool mcu_sensor_start(void) {
    due_us = micros() + INTERVAL_US;
    lost = 0;
    return true;
}

const mcu_sensor_info *mcu_sensor_describe(void) {
    return &info;
}

uint32_t mcu_sensor_read(int16_t *numbers, uint32_t capacity) {
    const unsigned long late_us = micros() - due_us;
    if (capacity == 0u || late_us > 0x7FFFFFFFul) { /* not due: the difference has wrapped around */
        return 0;
    }
    const unsigned long missed = late_us / INTERVAL_US;
    lost += static_cast<uint32_t>(missed);
    due_us += (missed + 1ul) * INTERVAL_US;
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
