/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Your application: this file is yours, `mcu generate` never overwrites it.
 *
 * As it stands it runs the model on the samples in app_pattern.h and prints what comes out: once after start-up, and
 * again whenever a host has let go of the board.  Replace app_read_input() by what reads your sensor.
 */
#include "app.h"

#include "app_pattern.h"

static uint32_t next_sample;
static uint32_t sessions_seen;

void app_setup(void) {
    app_print("app: ready\n");
}

app_next app_read_input(uint32_t *model) {
    if (sessions_seen != app_sessions()) {
        sessions_seen = app_sessions();
        next_sample = 0;
    }
    if (next_sample == APP_PATTERN_SAMPLES) {
        return APP_SLEEP;
    }
    if (!app_copy_inputs(*model, app_pattern[next_sample], sizeof app_pattern[0])) {
        app_print("app: the samples in app_pattern.h are not the size of the model's inputs\n");
        next_sample = APP_PATTERN_SAMPLES;
        return APP_SLEEP;
    }
    next_sample++;
    return APP_RUN;
}

void app_on_result(uint32_t model, int status, uint64_t ticks) {
    (void)ticks;
    app_print("app: sample ");
    app_print_integer((int32_t)next_sample - 1);
    if (status != INFERENCE_OK) {
        app_print(" failed, status ");
        app_print_integer(status);
    } else if (app_output_count(model, 0) > 1) {
        const uint32_t best = app_best(model, 0);
        app_print(": ");
        app_print_label(best);
        app_print(" (");
        app_print_real(app_output(model, 0, best), 3);
        app_print(")");
    } else {
        app_print(": ");
        app_print_real(app_output(model, 0, 0), 3);
    }
    app_print("\n");
}
