#include "firmware.h"

#include "command_loop.h"
#include "inference.h"
#include "platform.h"

static command_loop loop;

void firmware_start(void) {
    platform_init();
    command_loop_init(&loop);
    for (uint32_t model = 0; model < MODEL_COUNT; model++) {
        loop.requests.model_status[model] =
            model < inference_model_count() ? (uint8_t)inference_init(model) : INFERENCE_NO_SUCH_MODEL;
    }
    command_loop_send_boot_event();
}

void firmware_poll(void) {
    command_loop_poll(&loop);
}
