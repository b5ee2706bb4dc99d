/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "firmware.h"

#include "command_loop.h"
#include "framing.h"
#include "inference.h"
#include "platform.h"
#include "protocol_ids.h"
#include "wire.h"
#if FIRMWARE_APPLICATION
#include "app_run.h"
#endif

#define FAULT_BUFFER_BYTES FRAMING_BUFFER_BYTES(PROTO_FAULT_EVENT_BYTES)
/* One more than fits: a negative size. */
typedef char fault_frame_fits[FAULT_BUFFER_BYTES <= PLATFORM_FAULT_FRAME_BYTES ? 1 : -1];

static command_loop firmware_loop;

size_t firmware_fault_frame(const platform_fault *fault, uint8_t *frame) {
    uint8_t *payload = frame + FRAMING_PAYLOAD_AT;
    payload[PROTO_FAULT_EVENT_KIND_AT] =
        (uint8_t)(fault->kind | (fault->stack_overflow ? PROTO_FAULT_STACK_OVERFLOW : 0u));
    wire_put_u32(payload + PROTO_FAULT_EVENT_PC_AT, fault->pc);
    wire_put_u32(payload + PROTO_FAULT_EVENT_LR_AT, fault->lr);
    wire_put_u32(payload + PROTO_FAULT_EVENT_STATUS_AT, fault->status);
    wire_put_u16(payload + PROTO_FAULT_EVENT_LAYER_AT, inference_layer);
    return framing_encode(frame, PROTO_EVENT_FAULT, 0, PROTO_FAULT_EVENT_BYTES);
}

void firmware_start(void) {
    platform_init();
    command_loop_init(&firmware_loop);
    for (uint32_t model = 0; model < MODEL_COUNT; model++) {
        firmware_loop.requests.model_status[model] =
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
    const bool host_had_it = firmware_loop.in_session;
    const bool something_came = command_loop_take(&firmware_loop);
    if (host_had_it && !firmware_loop.in_session) {
        app_run_resume();
    }
    if (!something_came && (firmware_loop.in_session || app_run_turn(&firmware_loop.requests))) {
        platform_wait();
    }
}

#else

void firmware_poll(void) {
    command_loop_poll(&firmware_loop);
}

#endif
