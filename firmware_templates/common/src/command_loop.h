/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Reads requests, executes each exactly once, answers them: docs/protocol.md, "Conversation".
 *
 * RAM: one command_loop, which is one frame for receiving and LINK_WINDOW_FRAMES stored replies,
 *
 *     about (LINK_WINDOW_FRAMES + 1) * (LINK_MAX_PAYLOAD_BYTES + 16) bytes:
 *     128 x 2: 464 bytes    256 x 2: 848 bytes    1024 x 8: 9424 bytes      (Cortex-M, one model)
 *
 * Replies are stored encoded, so that a repeated request costs no work; nothing is allocated, and beside this struct
 * there are only constants and about 300 bytes of stack.
 */
#ifndef MCU_COMMAND_LOOP_H
#define MCU_COMMAND_LOOP_H

#include "framing.h"
#include "requests.h"

#if LINK_WINDOW_FRAMES < 1 || LINK_WINDOW_FRAMES > 64
#error "LINK_WINDOW_FRAMES: 1 to 64"
#endif

typedef struct {
    size_t frame_bytes;
    uint8_t frame[FRAMING_BUFFER_BYTES(LINK_MAX_PAYLOAD_BYTES)];
} stored_reply;

typedef struct {
    framing_decoder decoder;
    requests_state requests;
    bool in_session;
    uint16_t expected;    /* the sequence number of the next new request */
    uint8_t next_slot;    /* of `replies`, where its reply will go: the oldest one */
    uint8_t stored_count; /* replies of this session in `replies` */
    stored_reply replies[LINK_WINDOW_FRAMES];
} command_loop;

void command_loop_init(command_loop *loop);

/* Tells the host that the firmware has started. */
void command_loop_send_boot_event(void);

/* Takes received bytes, cut anywhere; answers every request they complete. */
void command_loop_feed(command_loop *loop, const uint8_t *bytes, size_t size_bytes);

/* Reads what there is and answers it; false if there was nothing. */
bool command_loop_take(command_loop *loop);

/* Reads what there is and answers it, then sleeps until there is more. */
void command_loop_poll(command_loop *loop);

#endif
