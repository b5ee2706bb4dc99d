/* An analog input.  Input: how many microseconds pass before each poll.  Output, a line for each: how many samples it
 * gives, and how many are lost so far. */
#include <Arduino.h>
#include <cstdint>
#include <cstdio>

#include "mcu_sensor.h"

static uint64_t now_us = 0xFFFF0000u; /* the clock wraps around soon */

unsigned long micros() {
    return static_cast<uint32_t>(now_us);
}

int analogRead(int) {
    return 512;
}

int main() {
    unsigned long step;
    if (!mcu_sensor_start()) {
        return 1;
    }
    while (std::scanf("%lu", &step) == 1) {
        int16_t number;
        now_us += step;
        const unsigned count = mcu_sensor_read(&number, 1);
        std::printf("%u %u\n", count, static_cast<unsigned>(mcu_sensor_lost()));
    }
    return 0;
}
