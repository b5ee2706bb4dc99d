/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What each request does.  Knows models and buffers, not frames or sessions: those are command_loop.c's.
 *
 * Every offset, length and index that came over the line is checked here, before inference.h sees it.
 */
#ifndef MCU_REQUESTS_H
#define MCU_REQUESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware_config.h"

#define REQUESTS_NO_MODEL 0xFFu

typedef struct {
    uint8_t model_status[MODEL_COUNT]; /* as inference_init() said */
    uint8_t input_model;               /* whose inputs the arena holds: models share it */
    uint8_t output_model;              /* whose outputs the arena holds, or REQUESTS_NO_MODEL */
    bool reboot_asked;                 /* restart as soon as the reply is sent */
    uint32_t input_bytes_written;      /* of input_model's input area, from its start and without a gap */
    uint32_t invocations;              /* since boot, as are the next two */
    uint32_t frames_received;
    uint32_t frames_dropped;
} requests_state;

typedef struct {
    uint8_t *payload;     /* LINK_MAX_PAYLOAD_BYTES to write to */
    size_t payload_bytes; /* how many were */
    uint32_t detail;      /* of an error */
} requests_reply;

void requests_init(requests_state *state);

/* Forgets inputs and outputs: a session starts with none. */
void requests_forget_data(requests_state *state);

/* Executes a request.  Returns 0 and the reply's payload, or an error code (PROTO_ERROR_...) and its detail; then
 * reply->payload is untouched. */
uint8_t requests_execute(requests_state *state, uint8_t type, const uint8_t *payload, size_t payload_bytes,
                         requests_reply *reply);

#endif
