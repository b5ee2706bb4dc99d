/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Between requests.c, which holds the table of requests, and the files with their handlers. */
#ifndef MCU_REQUEST_HANDLERS_H
#define MCU_REQUEST_HANDLERS_H

#include "requests.h"

/* Executes one request whose length and model number requests.c has checked.  Returns 0, or an error code without
 * having written to reply->payload. */
typedef uint8_t (*request_handler)(requests_state *state, const uint8_t *payload, size_t payload_bytes,
                                   requests_reply *reply);

/* `return request_fail(...)`: notes the detail, returns the code. */
uint8_t request_fail(requests_reply *reply, uint8_t code, uint32_t detail);

/* Appends a string: length, bytes; cut at PROTO_MAX_STRING_BYTES. */
void request_append_string(requests_reply *reply, const char *text);

uint8_t request_model_info(requests_state *state, const uint8_t *payload, size_t payload_bytes, requests_reply *reply);
uint8_t request_tensor_info(requests_state *state, const uint8_t *payload, size_t payload_bytes, requests_reply *reply);
uint8_t request_write_input(requests_state *state, const uint8_t *payload, size_t payload_bytes, requests_reply *reply);
uint8_t request_invoke(requests_state *state, const uint8_t *payload, size_t payload_bytes, requests_reply *reply);
uint8_t request_read_output(requests_state *state, const uint8_t *payload, size_t payload_bytes, requests_reply *reply);
uint8_t request_reset_state(requests_state *state, const uint8_t *payload, size_t payload_bytes, requests_reply *reply);

/* layers.c; only with the observer. */
uint8_t request_observe(requests_state *state, const uint8_t *payload, size_t payload_bytes, requests_reply *reply);
uint8_t request_read_layers(requests_state *state, const uint8_t *payload, size_t payload_bytes, requests_reply *reply);
uint8_t request_read_capture(requests_state *state, const uint8_t *payload, size_t payload_bytes,
                             requests_reply *reply);
uint8_t request_read_constants(requests_state *state, const uint8_t *payload, size_t payload_bytes,
                               requests_reply *reply);

/* sensor_requests.c; only in firmware with a sensor. */
uint8_t request_start_sensor(requests_state *state, const uint8_t *payload, size_t payload_bytes,
                             requests_reply *reply);
uint8_t request_read_sensor(requests_state *state, const uint8_t *payload, size_t payload_bytes, requests_reply *reply);
uint8_t request_stop_sensor(requests_state *state, const uint8_t *payload, size_t payload_bytes, requests_reply *reply);
/* A session begins or ends: the sensor is no longer the host's. */
void requests_release_sensor(void);

#endif
