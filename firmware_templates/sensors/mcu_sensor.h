/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The sensor of a firmware: one microphone, accelerometer or analog input.  Every board's driver offers these
 * functions; an emulated board plays a recording through them (docs/how-to/sensors.md).
 *
 * A sample is what the sensor measures at one moment: one number, or one for each axis.  A driver collects samples
 * while nobody asks, as many as it has room for; what does not fit is lost, counted, and never handed over late. */
#ifndef MCU_SENSOR_H
#define MCU_SENSOR_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Kinds of sensors. */
enum {
    MCU_SENSOR_MICROPHONE = 1,
    MCU_SENSOR_ACCELEROMETER = 2, /* x y z, or x y z and the rates of rotation about them */
    MCU_SENSOR_ANALOG = 3
};

#define MCU_SENSOR_CHANNELS_MAX 6u

typedef struct {
    uint8_t kind;
    uint8_t channels;      /* numbers of one sample: 1 to MCU_SENSOR_CHANNELS_MAX */
    uint32_t rate_millihz; /* samples in 1,000 seconds: 16000000 for 16 kHz */
    float scale;           /* sound: 1 is full scale; g; volts: value = number * scale */
} mcu_sensor_info;

/* Starts it from the beginning: nothing is lost yet.  False if it does not answer. */
bool mcu_sensor_start(void);

/* What it measures, and how often; valid once it has been started. */
const mcu_sensor_info *mcu_sensor_describe(void);

/* Takes up to `capacity` samples that were recorded since the last call, oldest first, and returns how many; 0 at once
 * where there is none yet.  `numbers`: [samples][channels].  */
uint32_t mcu_sensor_read(int16_t *numbers, uint32_t capacity);

/* Samples that were lost since the start because nobody took them in time.  They were lost between two calls of
 * mcu_sensor_read(): what the second one returns was recorded after them. */
uint32_t mcu_sensor_lost(void);

/* True when nothing will ever come again: a recording that is played has ended.  Never of a real sensor. */
bool mcu_sensor_ended(void);

void mcu_sensor_stop(void);

#ifdef __cplusplus
}
#endif

#endif
