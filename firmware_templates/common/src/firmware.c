#include "firmware.h"

#include "command_loop.h"
#include "inference.h"
#include "platform.h"
#if FIRMWARE_APPLICATION
#include "app_run.h"
#endif

static command_loop loop;

void firmware_start(void) {
    platform_init();
    command_loop_init(&loop);
    for (uint32_t model = 0; model < MODEL_COUNT; model++) {
        loop.requests.model_status[model] =
            model < inference_model_count() ? (uint8_t)inference_init(model) : INFERENCE_NO_SUCH_MODEL;
    }
    command_loop_send_boot_event();
#if FIRMWARE_APPLICATION
    app_run_start();
#endif
}

#if FIRMWARE_APPLICATION

/* The host first: the application has its turn when nothing came and no session is open. */
void firmware_poll(void) {
    const bool host_had_it = loop.in_session;
    const bool something_came = command_loop_take(&loop);
    if (host_had_it && !loop.in_session) {
        app_run_resume();
    }
    if (!something_came && (loop.in_session || app_run_turn(&loop.requests))) {
        platform_wait();
    }
}

#else

void firmware_poll(void) {
    command_loop_poll(&loop);
}

#endif
