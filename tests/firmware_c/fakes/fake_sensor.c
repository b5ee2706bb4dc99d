/* A sensor of two axes that counts: sample n is (n, -2 n).  Each read gives at most 9 samples; every third one loses a
 * sample before it.  After 60 samples it has ended. */
#include "mcu_sensor.h"

#define SAMPLES 60u
#define AT_ONCE 9u

static const mcu_sensor_info info = {MCU_SENSOR_ACCELEROMETER, 2, 100500, 0.25f};
static uint32_t next, reads, lost;
static bool is_open;

bool mcu_sensor_start(void) {
    next = reads = lost = 0;
    is_open = true;
    return true;
}

const mcu_sensor_info *mcu_sensor_describe(void) {
    return &info;
}

uint32_t mcu_sensor_read(int16_t *numbers, uint32_t capacity) {
    uint32_t count = 0;
    reads++;
    if (is_open && reads % 3u == 0u && next < SAMPLES) {
        next++;
        lost++;
    }
    while (is_open && count < capacity && count < AT_ONCE && next < SAMPLES) {
        numbers[2u * count] = (int16_t)next;
        numbers[2u * count + 1u] = (int16_t)(-2 * (int32_t)next);
        count++;
        next++;
    }
    return count;
}

uint32_t mcu_sensor_lost(void) {
    return lost;
}

bool mcu_sensor_ended(void) {
    return next >= SAMPLES;
}

void mcu_sensor_stop(void) {
    is_open = false;
}
