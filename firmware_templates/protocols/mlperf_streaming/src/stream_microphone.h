/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The sensor of this firmware as the benchmark wants it: 16,000 samples a second; silent where a firmware has none. */
#ifndef MCU_STREAM_MICROPHONE_H
#define MCU_STREAM_MICROPHONE_H

#include <stdbool.h>
#include <stdint.h>

#include "firmware_config.h"
#include "mlperf_print.h"
#if FIRMWARE_SENSOR
#include "mcu_sensor.h"
#endif

#define SOUND_MILLIHZ 16000000u

#if FIRMWARE_SENSOR
static inline bool microphone_starts(void) {
    if (!mcu_sensor_start()) {
        print_text("Error: the microphone does not answer\r\n");
        return false;
    }
    const mcu_sensor_info *info = mcu_sensor_describe();
    if (info->channels != 1u || info->rate_millihz != SOUND_MILLIHZ) {
        print_text("Error: the microphone must give 16,000 samples a second of one channel\r\n");
        mcu_sensor_stop();
        return false;
    }
    return true;
}

static inline uint32_t microphone_hears(int16_t *samples, uint32_t capacity) {
    return mcu_sensor_read(samples, capacity);
}

static inline bool microphone_ended(void) {
    return mcu_sensor_ended();
}

static inline uint32_t microphone_lost(void) {
    return mcu_sensor_lost();
}

static inline void microphone_stops(void) {
    mcu_sensor_stop();
}
#else
static inline bool microphone_starts(void) {
    print_text("Error: this firmware has no microphone\r\n");
    return false;
}

static inline uint32_t microphone_hears(int16_t *samples, uint32_t capacity) {
    (void)samples;
    (void)capacity;
    return 0;
}

static inline bool microphone_ended(void) {
    return true;
}

static inline uint32_t microphone_lost(void) {
    return 0;
}

static inline void microphone_stops(void) {}
#endif

#endif
