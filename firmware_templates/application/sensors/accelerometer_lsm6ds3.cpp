/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Accelerometer of the XIAO nRF52840 Sense (LSM6DS3TR-C), by Seeed's library for it: this file is yours. */
#include <Arduino.h>
#include <LSM6DS3.h>

#include "app_sensor.h"

#define NEW_ACCELERATION 0x01u /* STATUS_REG, bit XLDA */

static LSM6DS3 imu(I2C_MODE, 0x6A);

bool app_sensor_start(void) {
    imu.settings.accelSampleRate = 104; /* readings a second */
    return imu.begin() == IMU_SUCCESS;
}

bool app_sensor_read(float *xyz) {
    uint8_t status = 0;
    if (imu.readRegister(&status, LSM6DS3_ACC_GYRO_STATUS_REG) != IMU_SUCCESS || (status & NEW_ACCELERATION) == 0) {
        return false;
    }
    xyz[0] = imu.readFloatAccelX();
    xyz[1] = imu.readFloatAccelY();
    xyz[2] = imu.readFloatAccelZ();
    return true;
}
