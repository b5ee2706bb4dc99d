/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Accelerometer of the XIAO nRF52840 Sense (LSM6DS3TR-C), by Seeed's library for it: this file is yours.
 *
 * One reading is taken at a time: those that come while nobody asks are lost.  How many is what the clock says. */
#include <Arduino.h>
#include <LSM6DS3.h>

#include "mcu_sensor.h"

#define NEW_ACCELERATION 0x01u /* STATUS_REG, bit XLDA */
#define RATE_HZ 104
#define RATE_MILLIHZ (RATE_HZ * 1000ul)
#define LSB_PER_G 8192.0f /* +-4 g in 16 bits */

static const mcu_sensor_info info = {MCU_SENSOR_ACCELEROMETER, 3, RATE_MILLIHZ, 1.0f / LSB_PER_G};
static LSM6DS3 imu(I2C_MODE, 0x6A);
static unsigned long last_us;
static bool has_last;
static uint32_t lost;

bool mcu_sensor_start(void) {
    has_last = false;
    lost = 0;
    imu.settings.accelSampleRate = RATE_HZ;
    return imu.begin() == IMU_SUCCESS;
}

const mcu_sensor_info *mcu_sensor_describe(void) {
    return &info;
}

static int16_t stored(float g) {
    const float limited = g < -3.999f ? -3.999f : g > 3.999f ? 3.999f : g;
    return static_cast<int16_t>(limited * LSB_PER_G + (limited < 0.0f ? -0.5f : 0.5f));
}

/* Whole intervals that passed without a reading. */
static void count_lost(void) {
    const unsigned long now_us = micros();
    const unsigned long interval_us = 1000000000ul / RATE_MILLIHZ;
    if (has_last) {
        const unsigned long intervals = (now_us - last_us + interval_us / 2ul) / interval_us;
        lost += intervals > 1ul ? static_cast<uint32_t>(intervals - 1ul) : 0u;
    }
    last_us = now_us;
    has_last = true;
}

uint32_t mcu_sensor_read(int16_t *numbers, uint32_t capacity) {
    uint8_t status = 0;
    if (capacity == 0u || imu.readRegister(&status, LSM6DS3_ACC_GYRO_STATUS_REG) != IMU_SUCCESS ||
        (status & NEW_ACCELERATION) == 0) {
        return 0;
    }
    count_lost();
    numbers[0] = stored(imu.readFloatAccelX());
    numbers[1] = stored(imu.readFloatAccelY());
    numbers[2] = stored(imu.readFloatAccelZ());
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
