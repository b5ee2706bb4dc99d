/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Accelerometer of the XIAO nRF52840 Sense (LSM6DS3TR-C), by Seeed's library for it: this file is yours.
 *
 * One reading is taken at a time: those that come while nobody asks are lost.  How many is what the clock says. */
#include <Arduino.h>
#include <LSM6DS3.h>

#include "mcu_sensor.h"

#define RATE_HZ 104
#define RATE_MILLIHZ (RATE_HZ * 1000u)
#include "polled_readings.h"

#define NEW_ACCELERATION 0x01u /* STATUS_REG, bit XLDA */

static const mcu_sensor_info info = {MCU_SENSOR_ACCELEROMETER, 3, RATE_MILLIHZ, 1.0f / LSB_PER_G};
static LSM6DS3 imu(I2C_MODE, 0x6A);

bool mcu_sensor_start(void) {
    readings_reset();
    imu.settings.accelSampleRate = RATE_HZ;
    return imu.begin() == IMU_SUCCESS;
}

const mcu_sensor_info *mcu_sensor_describe(void) {
    return &info;
}

uint32_t mcu_sensor_read(int16_t *numbers, uint32_t capacity) {
    uint8_t status = 0;
    if (capacity == 0u || imu.readRegister(&status, LSM6DS3_ACC_GYRO_STATUS_REG) != IMU_SUCCESS ||
        (status & NEW_ACCELERATION) == 0) {
        return 0;
    }
    readings_count_lost();
    numbers[0] = reading_of_g(imu.readFloatAccelX());
    numbers[1] = reading_of_g(imu.readFloatAccelY());
    numbers[2] = reading_of_g(imu.readFloatAccelZ());
    return 1;
}

uint32_t mcu_sensor_lost(void) {
    return readings_lost;
}

bool mcu_sensor_ended(void) {
    return false;
}

void mcu_sensor_stop(void) {
}
