/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Accelerometer of the Nano 33 BLE Sense, first revision (LSM9DS1), by Arduino's library for it: this file is yours.
 * The second revision has a BMI270: take its library, Arduino_BMI270_BMM150, whose IMU object is called the same way.
 *
 * The sensor keeps one reading: those that come while nobody asks are lost.  How many is what the clock says. */
#include <Arduino.h>
#include <Arduino_LSM9DS1.h>

#include "mcu_sensor.h"

#define RATE_MILLIHZ 119000u
#define INTERVAL_US (1000000000u / RATE_MILLIHZ)
#define READINGS_PER_CORRECTION 4u
#define LSB_PER_G 8192.0f /* +-4 g in 16 bits */

static const mcu_sensor_info info = {MCU_SENSOR_ACCELEROMETER, 3, RATE_MILLIHZ, 1.0f / LSB_PER_G};
static bool is_on;             /* there was a reading since the start */
static uint32_t due_us;        /* when the sensor has the next one */
static uint32_t taken;         /* readings since the last correction or loss */
static uint32_t least_late_us; /* how long after it was due the most punctual of them was taken */
static uint32_t lost;

bool mcu_sensor_start(void) {
    is_on = false;
    taken = 0;
    lost = 0;
    return IMU.begin() != 0;
}

const mcu_sensor_info *mcu_sensor_describe(void) {
    return &info;
}

static int16_t stored(float g) {
    const float limited = g < -3.999f ? -3.999f : g > 3.999f ? 3.999f : g;
    return static_cast<int16_t>(limited * LSB_PER_G + (limited < 0.0f ? -0.5f : 0.5f));
}

/* Whole intervals that passed without a reading, since it was due: times between two reads vary, those between two
 * readings do not.  The sensor's clock is not the board's: a reading that is there before it is due is never late, and
 * where none of the last ones was in time the sensor is slower than it says, and all become due later.  Half an interval
 * more is tolerated, so that nothing is counted that was not lost; of single lost readings some go uncounted. */
static void count_lost(void) {
    const uint32_t now_us = static_cast<uint32_t>(micros());
    const bool is_early = due_us - now_us - 1u < INTERVAL_US;
    if (!is_on || is_early) {
        due_us = now_us;
        is_on = true;
    }
    if (now_us - due_us >= INTERVAL_US + INTERVAL_US / 2u) {
        const uint32_t missed = (now_us - due_us) / INTERVAL_US;
        lost += missed;
        due_us += missed * INTERVAL_US;
        taken = 0;
    }
    const uint32_t late_us = now_us - due_us;
    if (taken == 0u || late_us < least_late_us) {
        least_late_us = late_us;
    }
    taken++;
    if (taken == READINGS_PER_CORRECTION) {
        due_us += least_late_us;
        taken = 0;
    }
    due_us += INTERVAL_US;
}

uint32_t mcu_sensor_read(int16_t *numbers, uint32_t capacity) {
    float xyz[3];
    if (capacity == 0u || IMU.accelerationAvailable() <= 0 || IMU.readAcceleration(xyz[0], xyz[1], xyz[2]) == 0) {
        return 0;
    }
    count_lost();
    for (int axis = 0; axis < 3; axis++) {
        numbers[axis] = stored(xyz[axis]);
    }
    return 1;
}

uint32_t mcu_sensor_lost(void) {
    return lost;
}

bool mcu_sensor_ended(void) {
    return false;
}

void mcu_sensor_stop(void) {
    IMU.end();
}
