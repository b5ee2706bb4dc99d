/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Accelerometer of the Nano 33 BLE Sense, first revision (LSM9DS1), by Arduino's library for it: this file is yours.
 * The second revision has a BMI270: take its library, Arduino_BMI270_BMM150, whose IMU object is called the same way.
 *
 * The sensor keeps one reading: those that come while nobody asks are lost.  How many is what the clock says. */
#include <Arduino.h>
#include <Arduino_LSM9DS1.h>

#include "mcu_sensor.h"

#define RATE_MILLIHZ 119000u
#include "polled_readings.h"

static const mcu_sensor_info info = {MCU_SENSOR_ACCELEROMETER, 3, RATE_MILLIHZ, 1.0f / LSB_PER_G};

bool mcu_sensor_start(void) {
    readings_reset();
    return IMU.begin() != 0;
}

const mcu_sensor_info *mcu_sensor_describe(void) {
    return &info;
}

uint32_t mcu_sensor_read(int16_t *numbers, uint32_t capacity) {
    float xyz[3];
    if (capacity == 0u || IMU.accelerationAvailable() <= 0 || IMU.readAcceleration(xyz[0], xyz[1], xyz[2]) == 0) {
        return 0;
    }
    readings_count_lost();
    for (int axis = 0; axis < 3; axis++) {
        numbers[axis] = reading_of_g(xyz[axis]);
    }
    return 1;
}

uint32_t mcu_sensor_lost(void) {
    return readings_lost;
}

bool mcu_sensor_ended(void) {
    return false;
}

void mcu_sensor_stop(void) {
    IMU.end();
}
