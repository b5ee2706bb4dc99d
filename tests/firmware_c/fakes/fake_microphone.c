/* A microphone of 16 kHz that plays 3,000 samples, sample n is (7919 n mod 65536) - 32768; at most 50 a read. */
#include "mcu_sensor.h"

#define SAMPLES 3000u
#define AT_ONCE 50u

static const mcu_sensor_info info = {MCU_SENSOR_MICROPHONE, 1, 16000000, 1.0f / 32768.0f};
static uint32_t next;
static bool is_open;

bool mcu_sensor_start(void) {
    next = 0;
    is_open = true;
    return true;
}

const mcu_sensor_info *mcu_sensor_describe(void) {
    return &info;
}

uint32_t mcu_sensor_read(int16_t *numbers, uint32_t capacity) {
    uint32_t count = 0;
    while (is_open && count < capacity && count < AT_ONCE && next < SAMPLES) {
        numbers[count++] = (int16_t)((int32_t)(7919u * next % 65536u) - 32768);
        next++;
    }
    return count;
}

uint32_t mcu_sensor_lost(void) {
    return 3;
}

bool mcu_sensor_ended(void) {
    return next >= SAMPLES;
}

void mcu_sensor_stop(void) {
    is_open = false;
}
