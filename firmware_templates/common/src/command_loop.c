/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "command_loop.h"

#include <string.h>

#include "platform.h"
#include "protocol_ids.h"
#include "wire.h"

#define READ_BYTES 64u     /* taken from the port at a time: stack */
#define UNSTORED_BYTES 16u /* payload of events and of errors that are not stored */

/* Events and errors outside the sequence need no stored buffer: they are short and never repeated. */
static void send_unstored(uint8_t type, uint16_t sequence, const uint8_t *payload, size_t payload_bytes) {
    uint8_t frame[FRAMING_BUFFER_BYTES(UNSTORED_BYTES)];
    memcpy(frame + FRAMING_PAYLOAD_AT, payload, payload_bytes);
    platform_write(frame, framing_encode(frame, type, sequence, payload_bytes));
}

static size_t put_error(uint8_t *payload, uint8_t request_type, uint8_t code, uint32_t detail) {
    payload[PROTO_ERROR_REPLY_REQUEST_TYPE_AT] = request_type;
    payload[PROTO_ERROR_REPLY_CODE_AT] = code;
    wire_put_u32(payload + PROTO_ERROR_REPLY_DETAIL_AT, detail);
    return PROTO_ERROR_REPLY_BYTES;
}

static void refuse(const framing_decoder *decoder, uint8_t code, uint32_t detail) {
    uint8_t payload[PROTO_ERROR_REPLY_BYTES];
    const size_t payload_bytes = put_error(payload, framing_type(decoder), code, detail);
    send_unstored(PROTO_ERROR, framing_sequence(decoder), payload, payload_bytes);
}

/* Executes the request in the decoder; the reply is in slot->frame, not yet encoded.  Returns 0 or the error's code. */
static uint8_t execute(command_loop *loop, stored_reply *slot, requests_reply *reply) {
    const framing_decoder *decoder = &loop->decoder;
    reply->payload = slot->frame + FRAMING_PAYLOAD_AT;
    return requests_execute(&loop->requests, framing_type(decoder), framing_payload(decoder),
                            framing_payload_bytes(decoder), reply);
}

static void encode(const framing_decoder *decoder, stored_reply *slot, uint8_t type, size_t payload_bytes) {
    slot->frame_bytes = framing_encode(slot->frame, type, framing_sequence(decoder), payload_bytes);
}

/* HELLO is executed whenever it arrives, and its reply is not kept: asking again is how a lost one is repeated.  A
 * refused HELLO leaves the session as it was. */
static void say_hello(command_loop *loop) {
    stored_reply *slot = &loop->replies[0];
    requests_reply reply;
    const uint8_t error = execute(loop, slot, &reply);
    if (error != 0u) {
        refuse(&loop->decoder, error, reply.detail);
        return;
    }
    loop->in_session = true;
    loop->expected = (uint16_t)(framing_sequence(&loop->decoder) + 1u);
    loop->next_slot = 0;
    loop->stored_count = 0;
    encode(&loop->decoder, slot, PROTO_HELLO | PROTO_REPLY_BIT, reply.payload_bytes);
    platform_write(slot->frame, slot->frame_bytes);
}

/* The stored reply to the request that came `age` before the expected one, 1 being the latest. */
static const stored_reply *stored(const command_loop *loop, uint16_t age) {
    return &loop->replies[(loop->next_slot + LINK_WINDOW_FRAMES - age) % LINK_WINDOW_FRAMES];
}

static void execute_next(command_loop *loop) {
    const uint8_t type = framing_type(&loop->decoder);
    stored_reply *slot = &loop->replies[loop->next_slot];
    requests_reply reply;
    const uint8_t error = execute(loop, slot, &reply);
    if (error == 0u) {
        encode(&loop->decoder, slot, (uint8_t)(type | PROTO_REPLY_BIT), reply.payload_bytes);
    } else {
        encode(&loop->decoder, slot, PROTO_ERROR, put_error(reply.payload, type, error, reply.detail));
    }
    loop->next_slot = (uint8_t)((loop->next_slot + 1u) % LINK_WINDOW_FRAMES);
    if (loop->stored_count < LINK_WINDOW_FRAMES) {
        loop->stored_count++;
    }
    loop->expected++;
    platform_write(slot->frame, slot->frame_bytes);
    if (type == PROTO_RELEASE && error == 0u) {
        loop->in_session = false;
    }
    if (loop->requests.reboot_asked) {
        loop->requests.reboot_asked = false;
        platform_reset();
    }
}

static void answer(command_loop *loop) {
    const framing_decoder *decoder = &loop->decoder;
    if (framing_type(decoder) == PROTO_HELLO) {
        say_hello(loop);
        return;
    }
    if (!loop->in_session) {
        refuse(decoder, PROTO_ERROR_NO_SESSION, 0);
        return;
    }
    const uint16_t age = (uint16_t)(loop->expected - framing_sequence(decoder));
    if (age == 0u) {
        execute_next(loop);
    } else if (age <= loop->stored_count) {
        const stored_reply *slot = stored(loop, age);
        platform_write(slot->frame, slot->frame_bytes);
    } else {
        refuse(decoder, PROTO_ERROR_OUT_OF_ORDER, loop->expected);
    }
}

void command_loop_init(command_loop *loop) {
    /* Not the frames: clearing them would take longer than all the rest of the start-up. */
    framing_init(&loop->decoder);
    requests_init(&loop->requests);
    loop->in_session = false;
    loop->expected = 0;
    loop->next_slot = 0;
    loop->stored_count = 0;
}

void command_loop_send_boot_event(void) {
    uint8_t payload[PROTO_BOOT_EVENT_BYTES];
    payload[PROTO_BOOT_EVENT_REASON_AT] = platform_boot_reason();
    payload[PROTO_BOOT_EVENT_VERSION_AT] = PROTO_VERSION;
    send_unstored(PROTO_EVENT_BOOT, 0, payload, sizeof payload);
}

void command_loop_feed(command_loop *loop, const uint8_t *bytes, size_t size_bytes) {
    for (size_t i = 0; i < size_bytes; i++) {
        const framing_result result = framing_feed(&loop->decoder, bytes[i]);
        if (result == FRAMING_FRAME) {
            loop->requests.frames_received++;
            answer(loop);
        } else if (result == FRAMING_DROPPED) {
            loop->requests.frames_dropped++;
        }
    }
}

bool command_loop_take(command_loop *loop) {
    uint8_t bytes[READ_BYTES];
    const size_t size_bytes = platform_read(bytes, sizeof bytes);
    command_loop_feed(loop, bytes, size_bytes);
    return size_bytes != 0u;
}

void command_loop_poll(command_loop *loop) {
    if (!command_loop_take(loop)) {
        platform_wait();
    }
}
