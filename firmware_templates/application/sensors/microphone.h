/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The microphone, as src/app.c sees it; app_sensor.cpp reads it. */
#ifndef MCU_APP_SENSOR_H
#define MCU_APP_SENSOR_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* 16,000 samples a second, one channel.  False if it cannot be started. */
bool app_sensor_start(void);

/* Takes up to `capacity` samples that were recorded since the last call, oldest first, and returns how many. */
uint32_t app_sensor_take(int16_t *samples, uint32_t capacity);

#ifdef __cplusplus
}
#endif

#endif
