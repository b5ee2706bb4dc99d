/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "requests.h"

#include <string.h>

#include "build_id.h"
#include "inference.h"
#include "layers.h"
#include "platform.h"
#include "protocol_ids.h"
#include "request_handlers.h"
#include "wire.h"

#if LINK_MAX_PAYLOAD_BYTES < PROTO_MIN_MAX_PAYLOAD_BYTES || LINK_MAX_PAYLOAD_BYTES > 32768
#error "LINK_MAX_PAYLOAD_BYTES: 128 (the longest reply to HELLO fits) to 32768"
#endif

uint8_t request_fail(requests_reply *reply, uint8_t code, uint32_t detail) {
    reply->detail = detail;
    return code;
}

void request_append_string(requests_reply *reply, const char *text) {
    /* Not strlen(): the C library's takes 220 bytes of flash. */
    uint8_t *to = reply->payload + reply->payload_bytes;
    uint8_t length = 0;
    while (length < PROTO_MAX_STRING_BYTES && text[length] != '\0') {
        to[1u + length] = (uint8_t)text[length];
        length++;
    }
    to[0] = length;
    reply->payload_bytes += 1u + length;
}

static uint32_t capabilities(void) {
    uint32_t bits = PROTO_CAN_REBOOT;
    bits |= MODEL_COUNT > 1 ? PROTO_CAN_SEVERAL_MODELS : 0u;
    bits |= FIRMWARE_APPLICATION ? PROTO_CAN_APPLICATION : 0u;
    bits |= FIRMWARE_SENSOR ? PROTO_CAN_SENSOR : 0u;
    bits |= INFERENCE_OBSERVER ? PROTO_CAN_OBSERVER : 0u;
    bits |= platform_stack_bytes() != 0u ? PROTO_CAN_STACK_WATERMARK : 0u;
    for (uint32_t i = 0; i < MODEL_COUNT; i++) {
        bits |= inference_describe(i)->has_state ? PROTO_CAN_STATE : 0u;
    }
    return bits;
}

static uint8_t request_hello(requests_state *state, const uint8_t *payload, size_t payload_bytes,
                             requests_reply *reply) {
    if (payload[PROTO_HELLO_REQUEST_VERSION_AT] != PROTO_VERSION) {
        return request_fail(reply, PROTO_ERROR_BAD_VERSION, PROTO_VERSION);
    }
    if (payload_bytes != PROTO_HELLO_REQUEST_BYTES) {
        return request_fail(reply, PROTO_ERROR_BAD_PAYLOAD, (uint32_t)payload_bytes);
    }
    requests_forget_data(state);
#if INFERENCE_OBSERVER
    layers_forget();
#endif
#if FIRMWARE_SENSOR
    requests_release_sensor();
#endif
    uint8_t *out = reply->payload;
    out[PROTO_HELLO_REPLY_VERSION_AT] = PROTO_VERSION;
    wire_put_u16(out + PROTO_HELLO_REPLY_MAX_PAYLOAD_BYTES_AT, LINK_MAX_PAYLOAD_BYTES);
    out[PROTO_HELLO_REPLY_WINDOW_FRAMES_AT] = LINK_WINDOW_FRAMES;
    wire_put_u32(out + PROTO_HELLO_REPLY_CAPABILITIES_AT, capabilities());
    wire_put_u32(out + PROTO_HELLO_REPLY_CLOCK_HZ_AT, PLATFORM_CLOCK_HZ);
    out[PROTO_HELLO_REPLY_TICK_UNIT_AT] = platform_ticks_work() ? PLATFORM_TICK_UNIT : PROTO_TICKS_NONE;
    out[PROTO_HELLO_REPLY_MODEL_COUNT_AT] = MODEL_COUNT;
    wire_put_u32(out + PROTO_HELLO_REPLY_BOOT_COUNT_AT, platform_boot_count());
    reply->payload_bytes = PROTO_HELLO_REPLY_BOARD_AT;
    request_append_string(reply, BOARD_ID);
    request_append_string(reply, inference_runtime());
    request_append_string(reply, TOOLKIT_VERSION "+" BUILD_ID);
    return 0;
}

static uint8_t request_status(requests_state *state, const uint8_t *payload, size_t payload_bytes,
                              requests_reply *reply) {
    (void)payload;
    (void)payload_bytes;
    uint8_t *out = reply->payload;
    wire_put_u32(out + PROTO_STATUS_REPLY_STACK_BYTES_AT, platform_stack_bytes());
    wire_put_u32(out + PROTO_STATUS_REPLY_STACK_USED_BYTES_AT, platform_stack_used_bytes());
    wire_put_u32(out + PROTO_STATUS_REPLY_INVOCATIONS_AT, state->invocations);
    wire_put_u32(out + PROTO_STATUS_REPLY_FRAMES_RECEIVED_AT, state->frames_received);
    wire_put_u32(out + PROTO_STATUS_REPLY_FRAMES_DROPPED_AT, state->frames_dropped);
    reply->payload_bytes = PROTO_STATUS_REPLY_BYTES;
    return 0;
}

static uint8_t request_reboot(requests_state *state, const uint8_t *payload, size_t payload_bytes,
                              requests_reply *reply) {
    (void)payload;
    (void)payload_bytes;
    (void)reply;
    state->reboot_asked = true;
    return 0;
}

static uint8_t request_echo(requests_state *state, const uint8_t *payload, size_t payload_bytes,
                            requests_reply *reply) {
    (void)state;
    memcpy(reply->payload, payload, payload_bytes);
    reply->payload_bytes = payload_bytes;
    return 0;
}

/* The session ends when the reply is sent: command_loop.c. */
static uint8_t request_release(requests_state *state, const uint8_t *payload, size_t payload_bytes,
                               requests_reply *reply) {
    (void)payload;
    (void)payload_bytes;
    (void)reply;
    requests_forget_data(state);
#if FIRMWARE_SENSOR
    requests_release_sensor();
#endif
    return 0;
}

/* What is checked before the handler runs. */
enum {
    ANY = 0,
    A_MODEL = 1,     /* the payload begins with the number of a model we have */
    READY_MODEL = 2, /* ... and inference_init() succeeded */
};

typedef struct {
    uint8_t type;
    uint8_t needs;
    uint16_t min_bytes;
    uint16_t max_bytes;
    request_handler handle;
} request;

#define FIXED(name) PROTO_##name##_REQUEST_BYTES, PROTO_##name##_REQUEST_BYTES
#define AT_LEAST(name) PROTO_##name##_REQUEST_MIN_BYTES, LINK_MAX_PAYLOAD_BYTES

static const request requests[] = {
    {PROTO_HELLO, ANY, PROTO_HELLO_REQUEST_BYTES, LINK_MAX_PAYLOAD_BYTES,
     request_hello}, /* says itself if it is newer */
    {PROTO_MODEL_INFO, A_MODEL, FIXED(MODEL_INFO), request_model_info},
    {PROTO_TENSOR_INFO, READY_MODEL, FIXED(TENSOR_INFO), request_tensor_info},
    {PROTO_WRITE_INPUT, READY_MODEL, AT_LEAST(WRITE_INPUT), request_write_input},
    {PROTO_INVOKE, READY_MODEL, FIXED(INVOKE), request_invoke},
    {PROTO_READ_OUTPUT, READY_MODEL, FIXED(READ_OUTPUT), request_read_output},
    {PROTO_RESET_STATE, READY_MODEL, FIXED(RESET_STATE), request_reset_state},
    {PROTO_STATUS, ANY, 0, 0, request_status},
    {PROTO_REBOOT, ANY, 0, 0, request_reboot},
    {PROTO_ECHO, ANY, AT_LEAST(ECHO), request_echo},
    {PROTO_RELEASE, ANY, 0, 0, request_release},
#if FIRMWARE_SENSOR
    {PROTO_START_SENSOR, ANY, 0, 0, request_start_sensor},
    {PROTO_READ_SENSOR, ANY, FIXED(READ_SENSOR), request_read_sensor},
    {PROTO_STOP_SENSOR, ANY, 0, 0, request_stop_sensor},
#endif
#if INFERENCE_OBSERVER
    {PROTO_OBSERVE, READY_MODEL, FIXED(OBSERVE), request_observe},
    {PROTO_READ_LAYERS, READY_MODEL, FIXED(READ_LAYERS), request_read_layers},
    {PROTO_READ_CAPTURE, READY_MODEL, FIXED(READ_CAPTURE), request_read_capture},
    {PROTO_READ_CONSTANTS, READY_MODEL, FIXED(READ_CONSTANTS), request_read_constants},
#endif
};

void requests_init(requests_state *state) {
    requests_forget_data(state);
    state->reboot_asked = false;
    state->invocations = 0;
    state->frames_received = 0;
    state->frames_dropped = 0;
}

void requests_forget_data(requests_state *state) {
    state->input_model = REQUESTS_NO_MODEL;
    state->input_bytes_written = 0;
    state->output_model = REQUESTS_NO_MODEL;
}

uint8_t requests_execute(requests_state *state, uint8_t type, const uint8_t *payload, size_t payload_bytes,
                         requests_reply *reply) {
    const request *found = NULL;
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        if (requests[i].type == type) {
            found = &requests[i];
        }
    }
    reply->payload_bytes = 0;
    if (found == NULL) {
        return request_fail(reply, PROTO_ERROR_UNKNOWN_TYPE, 0);
    }
    if (payload_bytes < found->min_bytes || payload_bytes > found->max_bytes) {
        return request_fail(reply, PROTO_ERROR_BAD_PAYLOAD, (uint32_t)payload_bytes);
    }
    if (found->needs >= A_MODEL && payload[0] >= MODEL_COUNT) {
        return request_fail(reply, PROTO_ERROR_NO_SUCH_MODEL, MODEL_COUNT);
    }
    if (found->needs == READY_MODEL && state->model_status[payload[0]] != INFERENCE_OK) {
        return request_fail(reply, PROTO_ERROR_RUNTIME, state->model_status[payload[0]]);
    }
    return found->handle(state, payload, payload_bytes, reply);
}
