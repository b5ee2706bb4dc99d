/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Accelerometer of the Nano 33 BLE Sense, first revision (LSM9DS1), by Arduino's library for it: this file is yours.
 * The second revision has a BMI270: take its library, Arduino_BMI270_BMM150, whose IMU object is called the same way. */
#include <Arduino.h>
#include <Arduino_LSM9DS1.h>

#include "app_sensor.h"

bool app_sensor_start(void) {
    return IMU.begin() != 0;
}

bool app_sensor_read(float *xyz) {
    return IMU.accelerationAvailable() > 0 && IMU.readAcceleration(xyz[0], xyz[1], xyz[2]) != 0;
}
