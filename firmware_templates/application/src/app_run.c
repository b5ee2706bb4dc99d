/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "app_run.h"

#include "app.h"
#include "platform.h"

static uint32_t sessions;

uint32_t app_sessions(void) {
    return sessions;
}

void app_run_start(void) {
    app_setup();
}

void app_run_resume(void) {
    sessions++;
    for (uint32_t model = 0; model < MODEL_COUNT; model++) {
        inference_reset_state(model); /* what the host fed it is no history of ours */
    }
}

/* As the host's INVOKE: the same call, the same counter. */
static int run(requests_state *state, uint32_t model, uint64_t *ticks) {
    const uint64_t start = platform_ticks();
    const int status = inference_invoke(model);
    const uint64_t passed = platform_ticks() - start;
    *ticks = platform_ticks_work() ? passed : 0u;
    state->invocations++;
    return status;
}

bool app_run_turn(requests_state *state) {
    uint32_t model = 0;
    uint64_t ticks = 0;
    const app_next next = app_read_input(&model);
    if (next != APP_RUN) {
        return next == APP_SLEEP;
    }
    int status = model < MODEL_COUNT ? state->model_status[model] : INFERENCE_NO_SUCH_MODEL;
    if (status == INFERENCE_OK) {
        status = run(state, model, &ticks);
    }
    app_on_result(model, status, ticks);
    return false;
}
