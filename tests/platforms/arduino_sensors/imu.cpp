/* An accelerometer that keeps its newest reading.
 *
 * Input: the time between its readings in nanoseconds, then how many microseconds pass before each poll.  Output, a
 * line for each reading: how many the driver counts as lost, and how many were. */
#include <Arduino.h>
#include <cstdint>
#include <cstdio>

#include "mcu_sensor.h"

static uint64_t now_us = 0xFFFF0000u; /* the clock wraps around soon */
static uint64_t start_us = now_us;
static uint64_t interval_ns;
static uint64_t seen; /* number of the newest reading that was taken */
static uint64_t lost;

static uint64_t newest() {
    return (now_us - start_us) * 1000u / interval_ns;
}

static void take() {
    lost += seen != 0 ? newest() - seen - 1u : 0u;
    seen = newest();
}

unsigned long micros() {
    return static_cast<uint32_t>(now_us);
}

#if defined(SENSOR_LSM9DS1)
#include <Arduino_LSM9DS1.h>
StubImu IMU;
int StubImu::begin() {
    return 1;
}
void StubImu::end() {}
int StubImu::accelerationAvailable() {
    return newest() != seen;
}
int StubImu::readAcceleration(float &x, float &y, float &z) {
    take();
    x = y = z = 0;
    return 1;
}
#else
#include <LSM6DS3.h>
LSM6DS3::LSM6DS3(uint8_t, uint8_t) {}
status_t LSM6DS3::begin() {
    return IMU_SUCCESS;
}
status_t LSM6DS3::readRegister(uint8_t *value, uint8_t) {
    *value = newest() != seen;
    return IMU_SUCCESS;
}
float LSM6DS3::readFloatAccelX() {
    take();
    return 0;
}
float LSM6DS3::readFloatAccelY() {
    return 0;
}
float LSM6DS3::readFloatAccelZ() {
    return 0;
}
#endif

int main() {
    unsigned long interval, step;
    if (!mcu_sensor_start() || std::scanf("%lu", &interval) != 1) {
        return 1;
    }
    interval_ns = interval;
    while (std::scanf("%lu", &step) == 1) {
        int16_t numbers[3];
        now_us += step;
        if (mcu_sensor_read(numbers, 1) != 0) {
            std::printf("%u %u\n", static_cast<unsigned>(mcu_sensor_lost()), static_cast<unsigned>(lost));
        }
    }
    return 0;
}
