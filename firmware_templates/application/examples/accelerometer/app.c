/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Your application: this file is yours, `mcu generate` never overwrites it.
 *
 * Collects a window of accelerations in g, x y z x y z ..., until the model's first input is full, runs the model, and
 * starts the next window half a window later.  mcu_sensor.h is the sensor.
 */
#include <string.h>

#include "app.h"
#include "mcu_sensor.h"

#define AXES 3u
#define WINDOW_VALUES_MAX 1536u /* 512 readings; RAM: 2 bytes each value */
#define LEAST_SCORE 0.6f        /* below it nothing is said */

static int16_t window[WINDOW_VALUES_MAX];
static uint32_t filled;
static uint32_t lost_before;
static uint32_t sessions_seen;
static bool sensor_works;

void app_setup(void) {
    sensor_works = mcu_sensor_start() && mcu_sensor_describe()->channels == AXES;
    app_print(sensor_works ? "app: ready\n" : "app: the accelerometer does not answer\n");
    if (app_input_count(0, 0) > WINDOW_VALUES_MAX || app_input_count(0, 0) % AXES != 0u) {
        app_print("app: the model's input is no window of x y z: change app.c\n");
        sensor_works = false;
    }
}

static void report_lost(void) {
    const uint32_t lost = mcu_sensor_lost();
    if (lost != lost_before) {
        app_print("app: lost samples: ");
        app_print_integer((int32_t)(lost - lost_before));
        app_print("\n");
        lost_before = lost;
    }
}

/* Meanwhile a host had the models, and the sensor if it recorded: what was collected before does not go on, and the
 * sensor may count from 0 again. */
static void begin_after_a_session(void) {
    if (sessions_seen != app_sessions()) {
        sessions_seen = app_sessions();
        filled = 0;
        lost_before = mcu_sensor_lost();
    }
}

app_next app_read_input(uint32_t *model) {
    const uint32_t wanted = app_input_count(*model, 0);
    begin_after_a_session();
    if (!sensor_works || mcu_sensor_ended()) {
        return APP_SLEEP;
    }
    filled += AXES * mcu_sensor_read(window + filled, (wanted - filled) / AXES);
    report_lost();
    if (filled < wanted) {
        return APP_AGAIN;
    }
    for (uint32_t i = 0; i < wanted; i++) {
        app_set_input(*model, 0, i, (float)window[i] * mcu_sensor_describe()->scale);
    }
    filled = wanted / 2u / AXES * AXES;
    memmove(window, window + wanted - filled, filled * sizeof window[0]);
    return APP_RUN;
}

void app_on_result(uint32_t model, int status, uint64_t ticks) {
    const uint32_t best = app_best(model, 0);
    (void)ticks;
    if (status == INFERENCE_OK && app_output(model, 0, best) >= LEAST_SCORE) {
        app_print_label(best);
        app_print("\n");
    }
}
