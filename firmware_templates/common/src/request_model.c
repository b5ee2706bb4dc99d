/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Requests about a model, and those that feed and run it. */
#include "request_handlers.h"

#include <string.h>

#include "inference.h"
#include "layers.h"
#include "platform.h"
#include "protocol_ids.h"
#include "wire.h"

/* The `index`th input or output of a model, in one area with its neighbours. */
typedef const inference_tensor *(*describe_tensor)(uint32_t model, uint32_t index);

static uint32_t area_bytes(describe_tensor describe, uint32_t model, uint32_t count) {
    uint32_t total_bytes = 0;
    for (uint32_t i = 0; i < count; i++) {
        total_bytes += describe(model, i)->size_bytes;
    }
    return total_bytes;
}

static uint32_t input_area_bytes(uint32_t model) {
    return area_bytes(inference_describe_input, model, inference_describe(model)->input_count);
}

static uint32_t output_area_bytes(uint32_t model) {
    return area_bytes(inference_describe_output, model, inference_describe(model)->output_count);
}

uint8_t request_model_info(requests_state *state, const uint8_t *payload, size_t payload_bytes, requests_reply *reply) {
    (void)payload_bytes;
    const uint8_t model = payload[PROTO_MODEL_INFO_REQUEST_MODEL_AT];
    const inference_model *about = inference_describe(model);
    const bool ready = state->model_status[model] == INFERENCE_OK;
    uint8_t *out = reply->payload;
    out[PROTO_MODEL_INFO_REPLY_STATUS_AT] = state->model_status[model];
    memcpy(out + PROTO_MODEL_INFO_REPLY_SHA256_AT, about->sha256, 32);
    out[PROTO_MODEL_INFO_REPLY_INPUTS_AT] = about->input_count;
    out[PROTO_MODEL_INFO_REPLY_OUTPUTS_AT] = about->output_count;
    /* A runtime that could not prepare the model may not know its tensors. */
    wire_put_u32(out + PROTO_MODEL_INFO_REPLY_INPUT_BYTES_AT, ready ? input_area_bytes(model) : 0u);
    wire_put_u32(out + PROTO_MODEL_INFO_REPLY_OUTPUT_BYTES_AT, ready ? output_area_bytes(model) : 0u);
    wire_put_u32(out + PROTO_MODEL_INFO_REPLY_ARENA_BYTES_AT, about->arena_bytes);
    wire_put_u32(out + PROTO_MODEL_INFO_REPLY_ARENA_USED_BYTES_AT, ready ? inference_arena_used(model) : 0u);
    wire_put_u16(out + PROTO_MODEL_INFO_REPLY_LAYERS_AT, about->layer_count);
    reply->payload_bytes = PROTO_MODEL_INFO_REPLY_NAME_AT;
    request_append_string(reply, about->name);
    return 0;
}

uint8_t request_tensor_info(requests_state *state, const uint8_t *payload, size_t payload_bytes,
                            requests_reply *reply) {
    (void)state;
    (void)payload_bytes;
    const uint8_t model = payload[PROTO_TENSOR_INFO_REQUEST_MODEL_AT];
    const uint8_t direction = payload[PROTO_TENSOR_INFO_REQUEST_DIRECTION_AT];
    const uint8_t index = payload[PROTO_TENSOR_INFO_REQUEST_INDEX_AT];
    const inference_model *about = inference_describe(model);
    const uint8_t count = direction == PROTO_DIRECTION_INPUT ? about->input_count : about->output_count;
    if (direction > PROTO_DIRECTION_OUTPUT || index >= count) {
        return request_fail(reply, PROTO_ERROR_BAD_PAYLOAD, count);
    }
    const inference_tensor *tensor = direction == PROTO_DIRECTION_INPUT ? inference_describe_input(model, index)
                                                                        : inference_describe_output(model, index);
    const size_t size_bytes = PROTO_TENSOR_INFO_REPLY_DIMS_AT + 1u + 4u * (size_t)tensor->rank;
    if (size_bytes > LINK_MAX_PAYLOAD_BYTES) {
        return request_fail(reply, PROTO_ERROR_OUT_OF_RANGE, (uint32_t)size_bytes);
    }
    uint8_t *out = reply->payload;
    out[PROTO_TENSOR_INFO_REPLY_DTYPE_AT] = tensor->dtype;
    wire_put_f32(out + PROTO_TENSOR_INFO_REPLY_SCALE_AT, tensor->scale);
    wire_put_u32(out + PROTO_TENSOR_INFO_REPLY_ZERO_POINT_AT, (uint32_t)tensor->zero_point);
    wire_put_u32(out + PROTO_TENSOR_INFO_REPLY_SIZE_BYTES_AT, tensor->size_bytes);
    out[PROTO_TENSOR_INFO_REPLY_DIMS_AT] = tensor->rank;
    for (size_t i = 0; i < tensor->rank; i++) {
        wire_put_u32(out + PROTO_TENSOR_INFO_REPLY_DIMS_AT + 1u + 4u * i, (uint32_t)tensor->dims[i]);
    }
    reply->payload_bytes = size_bytes;
    return 0;
}

/* The part of [offset, offset + size) that lies in the tensor at [at, at + tensor_bytes): where in the tensor, where
 * in the data, how much. */
typedef struct {
    uint32_t in_tensor;
    uint32_t in_data;
    uint32_t size_bytes;
} overlap;

static overlap find_overlap(uint32_t offset, uint32_t size_bytes, uint32_t at, uint32_t tensor_bytes) {
    const uint32_t begin = offset > at ? offset : at;
    const uint32_t data_end = offset + size_bytes;
    const uint32_t tensor_end = at + tensor_bytes;
    const uint32_t end = data_end < tensor_end ? data_end : tensor_end;
    if (begin >= end) {
        return (overlap){0, 0, 0};
    }
    return (overlap){begin - at, begin - offset, end - begin};
}

uint8_t request_write_input(requests_state *state, const uint8_t *payload, size_t payload_bytes,
                            requests_reply *reply) {
    const uint8_t model = payload[PROTO_WRITE_INPUT_REQUEST_MODEL_AT];
    const uint32_t offset = wire_get_u24(payload + PROTO_WRITE_INPUT_REQUEST_OFFSET_AT);
    const uint8_t *data = payload + PROTO_WRITE_INPUT_REQUEST_DATA_AT;
    const uint32_t size_bytes = (uint32_t)payload_bytes - PROTO_WRITE_INPUT_REQUEST_DATA_AT;
    const uint32_t total_bytes = input_area_bytes(model);
    const uint32_t written = model == state->input_model ? state->input_bytes_written : 0u;
    if (offset > total_bytes || size_bytes > total_bytes - offset) {
        return request_fail(reply, PROTO_ERROR_OUT_OF_RANGE, total_bytes);
    }
    if (offset > written) {
        return request_fail(reply, PROTO_ERROR_INPUT_MISSING, written);
    }
    uint32_t at = 0;
    for (uint32_t i = 0; i < inference_describe(model)->input_count; i++) {
        const uint32_t tensor_bytes = inference_describe_input(model, i)->size_bytes;
        const overlap part = find_overlap(offset, size_bytes, at, tensor_bytes);
        if (part.size_bytes != 0u) {
            memcpy((uint8_t *)inference_input(model, i) + part.in_tensor, data + part.in_data, part.size_bytes);
        }
        at += tensor_bytes;
    }
    state->input_model = model;
    state->input_bytes_written = offset + size_bytes;
    state->output_model = REQUESTS_NO_MODEL;
    return 0;
}

uint8_t request_invoke(requests_state *state, const uint8_t *payload, size_t payload_bytes, requests_reply *reply) {
    (void)payload_bytes;
    const uint8_t model = payload[PROTO_INVOKE_REQUEST_MODEL_AT];
    const uint32_t written = model == state->input_model ? state->input_bytes_written : 0u;
    if (written != input_area_bytes(model)) {
        return request_fail(reply, PROTO_ERROR_INPUT_MISSING, written);
    }
    requests_forget_data(state); /* the arena reuses the inputs' memory */
#if INFERENCE_OBSERVER
    layers_begin(model);
#endif
    const uint64_t start = platform_ticks();
#if TRIGGER_PIN >= 0
    platform_trigger(true);
#endif
    const int status = inference_invoke(model);
#if TRIGGER_PIN >= 0
    platform_trigger(false);
#endif
    const uint64_t ticks = platform_ticks() - start;
    state->invocations++;
    if (status != INFERENCE_OK) {
        return request_fail(reply, PROTO_ERROR_RUNTIME, (uint32_t)status);
    }
    state->output_model = model;
    wire_put_u64(reply->payload + PROTO_INVOKE_REPLY_TICKS_AT, platform_ticks_work() ? ticks : 0u);
    reply->payload_bytes = PROTO_INVOKE_REPLY_BYTES;
    return 0;
}

uint8_t request_read_output(requests_state *state, const uint8_t *payload, size_t payload_bytes,
                            requests_reply *reply) {
    (void)payload_bytes;
    const uint8_t model = payload[PROTO_READ_OUTPUT_REQUEST_MODEL_AT];
    const uint32_t offset = wire_get_u24(payload + PROTO_READ_OUTPUT_REQUEST_OFFSET_AT);
    const uint32_t size_bytes = wire_get_u16(payload + PROTO_READ_OUTPUT_REQUEST_LENGTH_AT);
    const uint32_t total_bytes = output_area_bytes(model);
    if (size_bytes > LINK_MAX_PAYLOAD_BYTES) {
        return request_fail(reply, PROTO_ERROR_BAD_PAYLOAD, LINK_MAX_PAYLOAD_BYTES);
    }
    if (offset > total_bytes || size_bytes > total_bytes - offset) {
        return request_fail(reply, PROTO_ERROR_OUT_OF_RANGE, total_bytes);
    }
    if (state->output_model != model) {
        return request_fail(reply, PROTO_ERROR_NO_OUTPUT, 0);
    }
    uint32_t at = 0;
    for (uint32_t i = 0; i < inference_describe(model)->output_count; i++) {
        const uint32_t tensor_bytes = inference_describe_output(model, i)->size_bytes;
        const overlap part = find_overlap(offset, size_bytes, at, tensor_bytes);
        if (part.size_bytes != 0u) {
            const uint8_t *output = inference_output(model, i);
            memcpy(reply->payload + part.in_data, output + part.in_tensor, part.size_bytes);
        }
        at += tensor_bytes;
    }
    reply->payload_bytes = size_bytes;
    return 0;
}

uint8_t request_reset_state(requests_state *state, const uint8_t *payload, size_t payload_bytes,
                            requests_reply *reply) {
    (void)state;
    (void)payload_bytes;
    (void)reply;
    inference_reset_state(payload[PROTO_RESET_STATE_REQUEST_MODEL_AT]);
    return 0;
}
