/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "layers.h"

#if INFERENCE_OBSERVER

#include <string.h>

#include "framing.h"
#include "platform.h"
#include "protocol_ids.h"
#include "request_handlers.h"
#include "wire.h"

typedef struct {
    uint16_t layer;
    uint16_t tensor;
    uint32_t crc32;
    uint64_t ticks;
} record;

static record records[OBSERVER_RECORDS];
static uint32_t record_count;

static uint8_t capture[OBSERVER_CAPTURE_BYTES];
static uint32_t capture_offset; /* in the tensor */
static uint32_t captured_bytes;
static uint16_t captured_tensor = PROTO_NO_TENSOR;
static uint8_t captured_model = REQUESTS_NO_MODEL;

static uint8_t running_model;
static uint64_t layer_began;

static void note(uint32_t layer, uint32_t tensor, uint32_t crc32, uint64_t ticks) {
    if (record_count < OBSERVER_RECORDS) {
        records[record_count++] = (record){(uint16_t)layer, (uint16_t)tensor, crc32, ticks};
    }
}

static void keep(const uint8_t *data, uint32_t size_bytes) {
    if (capture_offset >= size_bytes) {
        return;
    }
    const uint32_t left_bytes = size_bytes - capture_offset;
    captured_bytes = left_bytes < OBSERVER_CAPTURE_BYTES ? left_bytes : OBSERVER_CAPTURE_BYTES;
    memcpy(capture, data + capture_offset, captured_bytes);
}

static void observe(void *context, uint32_t layer, uint32_t tensor, const void *data, uint32_t size_bytes) {
    (void)context;
    const uint64_t ended = platform_ticks();
    note(layer, tensor, framing_crc32(data, size_bytes), platform_ticks_work() ? ended - layer_began : 0u);
    if (running_model == captured_model && tensor == captured_tensor) {
        keep(data, size_bytes);
    }
    layer_began = platform_ticks();
}

void layers_begin(uint32_t model) {
    record_count = 0;
    captured_bytes = 0;
    running_model = (uint8_t)model;
    for (uint32_t i = 0; i < inference_describe(model)->input_count; i++) {
        if (running_model == captured_model && PROTO_FIRST_INPUT + i == captured_tensor) {
            keep(inference_input(model, i), inference_describe_input(model, i)->size_bytes);
        }
        note(PROTO_NO_LAYER, i,
             framing_crc32(inference_input(model, i), inference_describe_input(model, i)->size_bytes), 0);
    }
    inference_set_observer(observe, NULL);
    layer_began = platform_ticks();
}

void layers_forget(void) {
    captured_tensor = PROTO_NO_TENSOR;
    captured_model = REQUESTS_NO_MODEL;
}

uint8_t request_observe(requests_state *state, const uint8_t *payload, size_t payload_bytes, requests_reply *reply) {
    (void)state;
    (void)payload_bytes;
    captured_model = payload[PROTO_OBSERVE_REQUEST_MODEL_AT];
    captured_tensor = wire_get_u16(payload + PROTO_OBSERVE_REQUEST_TENSOR_AT);
    capture_offset = wire_get_u24(payload + PROTO_OBSERVE_REQUEST_OFFSET_AT);
    wire_put_u16(reply->payload + PROTO_OBSERVE_REPLY_RECORDS_AT, OBSERVER_RECORDS);
    wire_put_u32(reply->payload + PROTO_OBSERVE_REPLY_CAPTURE_BYTES_AT, OBSERVER_CAPTURE_BYTES);
    reply->payload_bytes = PROTO_OBSERVE_REPLY_BYTES;
    return 0;
}

static void put_record(uint8_t *to, const record *from) {
    wire_put_u16(to + PROTO_LAYER_RECORD_LAYER_AT, from->layer);
    wire_put_u16(to + PROTO_LAYER_RECORD_TENSOR_AT, from->tensor);
    wire_put_u32(to + PROTO_LAYER_RECORD_CRC32_AT, from->crc32);
    wire_put_u64(to + PROTO_LAYER_RECORD_TICKS_AT, from->ticks);
}

uint8_t request_read_layers(requests_state *state, const uint8_t *payload, size_t payload_bytes,
                            requests_reply *reply) {
    (void)payload_bytes;
    const uint32_t first = wire_get_u16(payload + PROTO_READ_LAYERS_REQUEST_FIRST_AT);
    if (state->output_model != payload[PROTO_READ_LAYERS_REQUEST_MODEL_AT]) {
        return request_fail(reply, PROTO_ERROR_NO_OUTPUT, 0);
    }
    size_t at = PROTO_READ_LAYERS_REPLY_DATA_AT;
    wire_put_u16(reply->payload + PROTO_READ_LAYERS_REPLY_COUNT_AT, (uint16_t)record_count);
    for (uint32_t i = first; i < record_count && at + PROTO_LAYER_RECORD_BYTES <= LINK_MAX_PAYLOAD_BYTES; i++) {
        put_record(reply->payload + at, &records[i]);
        at += PROTO_LAYER_RECORD_BYTES;
    }
    reply->payload_bytes = at;
    return 0;
}

uint8_t request_read_capture(requests_state *state, const uint8_t *payload, size_t payload_bytes,
                             requests_reply *reply) {
    (void)payload_bytes;
    const uint32_t offset = wire_get_u24(payload + PROTO_READ_CAPTURE_REQUEST_OFFSET_AT);
    const uint32_t size_bytes = wire_get_u16(payload + PROTO_READ_CAPTURE_REQUEST_LENGTH_AT);
    if (size_bytes > LINK_MAX_PAYLOAD_BYTES) {
        return request_fail(reply, PROTO_ERROR_BAD_PAYLOAD, LINK_MAX_PAYLOAD_BYTES);
    }
    if (state->output_model != payload[PROTO_READ_CAPTURE_REQUEST_MODEL_AT]) {
        return request_fail(reply, PROTO_ERROR_NO_OUTPUT, 0);
    }
    if (offset > captured_bytes || size_bytes > captured_bytes - offset) {
        return request_fail(reply, PROTO_ERROR_OUT_OF_RANGE, captured_bytes);
    }
    memcpy(reply->payload, capture + offset, size_bytes);
    reply->payload_bytes = size_bytes;
    return 0;
}

uint8_t request_read_constants(requests_state *state, const uint8_t *payload, size_t payload_bytes,
                               requests_reply *reply) {
    (void)state;
    (void)payload_bytes;
    const uint8_t model = payload[PROTO_READ_CONSTANTS_REQUEST_MODEL_AT];
    const uint32_t layer = wire_get_u16(payload + PROTO_READ_CONSTANTS_REQUEST_LAYER_AT);
    uint32_t crc = FRAMING_CRC32_START;
    uint32_t total_bytes = 0;
    const void *data;
    uint32_t size_bytes;
    for (uint32_t i = 0; inference_constant(model, layer, i, &data, &size_bytes); i++) {
        crc = framing_crc32_more(crc, data, size_bytes);
        total_bytes += size_bytes;
    }
    wire_put_u32(reply->payload + PROTO_READ_CONSTANTS_REPLY_SIZE_BYTES_AT, total_bytes);
    wire_put_u32(reply->payload + PROTO_READ_CONSTANTS_REPLY_CRC32_AT, ~crc);
    reply->payload_bytes = PROTO_READ_CONSTANTS_REPLY_BYTES;
    return 0;
}

#endif
