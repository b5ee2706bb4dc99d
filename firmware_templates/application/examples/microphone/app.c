/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Your application: this file is yours, `mcu generate` never overwrites it.
 *
 * Collects sound, as many samples a second as the microphone gives, as numbers from -1 to 1, until the model's first
 * input is full, and runs the model.  This is for models that take raw samples.  One that takes a spectrogram needs its
 * front end here, the same as in training (docs/how-to/audio-frontend.md).  mcu_sensor.h is the microphone.
 */
#include "app.h"
#include "mcu_sensor.h"

#define CHUNK_SAMPLES 256u
#define LEAST_SCORE 0.6f /* below it nothing is said */

static uint32_t filled;
static uint32_t lost_before;
static uint32_t sessions_seen;
static bool sensor_works;

void app_setup(void) {
    sensor_works = mcu_sensor_start() && mcu_sensor_describe()->channels == 1u;
    app_print(sensor_works ? "app: ready\n" : "app: the microphone does not answer\n");
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
    int16_t sound[CHUNK_SAMPLES];
    begin_after_a_session();
    const uint32_t wanted = app_input_count(*model, 0) - filled;
    if (!sensor_works || mcu_sensor_ended()) {
        return APP_SLEEP;
    }
    const uint32_t count = mcu_sensor_read(sound, wanted < CHUNK_SAMPLES ? wanted : CHUNK_SAMPLES);
    report_lost();
    for (uint32_t i = 0; i < count; i++) {
        app_set_input(*model, 0, filled++, (float)sound[i] * mcu_sensor_describe()->scale);
    }
    if (filled < app_input_count(*model, 0)) {
        return APP_AGAIN;
    }
    filled = 0;
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
