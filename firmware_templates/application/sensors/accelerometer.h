/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The accelerometer, as src/app.c sees it; app_sensor.cpp reads it. */
#ifndef MCU_APP_SENSOR_H
#define MCU_APP_SENSOR_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* False if it does not answer. */
bool app_sensor_start(void);

/* One new reading: xyz[0..2] in g (9.80665 m/s^2).  False at once if there is none yet. */
bool app_sensor_read(float *xyz);

#ifdef __cplusplus
}
#endif

#endif
