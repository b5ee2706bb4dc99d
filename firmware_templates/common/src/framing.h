/* Frames of the serial protocol (docs/protocol.md):
 *
 *     frame = 0x00  COBS(body)  0x00        body = type u8 | sequence u16 | payload | crc32 u32
 *
 * COBS (Cheshire & Baker 1999) replaces every zero by the distance to the next one, so that 0x00 only ever delimits.
 * No memory beyond what the caller passes; nothing here knows what a payload means.
 */
#ifndef MCU_FRAMING_H
#define MCU_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware_config.h"

#define FRAMING_HEADER_BYTES 3u
#define FRAMING_CRC_BYTES 4u
#define FRAMING_MIN_BODY_BYTES (FRAMING_HEADER_BYTES + FRAMING_CRC_BYTES)
#define FRAMING_MAX_BODY_BYTES (FRAMING_MIN_BODY_BYTES + (size_t)LINK_MAX_PAYLOAD_BYTES)

/* A body is built this far into its buffer and then encoded in place, towards the front: room for the delimiter and
 * for the code byte before each run of 254 bytes. */
#define FRAMING_HEADROOM_BYTES (2u + FRAMING_MAX_BODY_BYTES / 254u)
#define FRAMING_PAYLOAD_AT (FRAMING_HEADROOM_BYTES + FRAMING_HEADER_BYTES)

/* Size of a buffer for one outgoing frame with a payload of up to `payload_bytes`. */
#define FRAMING_BUFFER_BYTES(payload_bytes) (FRAMING_HEADROOM_BYTES + FRAMING_MIN_BODY_BYTES + (payload_bytes) + 1u)

/* Turns a payload lying at buffer + FRAMING_PAYLOAD_AT into a whole frame at the start of `buffer`, and returns the
 * frame's size.  The buffer has FRAMING_BUFFER_BYTES(payload_bytes), payload_bytes <= LINK_MAX_PAYLOAD_BYTES. */
size_t framing_encode(uint8_t *buffer, uint8_t type, uint16_t sequence, size_t payload_bytes);

typedef enum {
    FRAMING_MORE,    /* the byte ended nothing */
    FRAMING_FRAME,   /* the byte ended a frame: its body is in the decoder until the next call */
    FRAMING_DROPPED, /* the byte ended something that is no whole and undamaged frame of at most our size */
} framing_result;

typedef struct {
    uint8_t body[FRAMING_MAX_BODY_BYTES];
    size_t size_bytes; /* of the body so far */
    uint8_t run_left;  /* bytes until the next code byte */
    bool zero_due;     /* the run ends with a zero, unless the frame ends first */
    bool started;      /* something came since the last delimiter */
    bool broken;       /* too long, or cut off: wait for the next delimiter */
    bool ended;        /* the last byte ended a frame: start again */
} framing_decoder;

/* Makes a decoder ready; one of all zeros is. */
static inline void framing_init(framing_decoder *decoder) {
    decoder->size_bytes = 0;
    decoder->run_left = 0;
    decoder->zero_due = false;
    decoder->started = false;
    decoder->broken = false;
    decoder->ended = false;
}

framing_result framing_feed(framing_decoder *decoder, uint8_t byte);

/* zlib's CRC-32: reflected polynomial 0xEDB88320, all ones before and after. */
uint32_t framing_crc32(const uint8_t *bytes, size_t size_bytes);

/* The same over several pieces: begins with FRAMING_CRC32_START, the complement of the end is the CRC. */
#define FRAMING_CRC32_START 0xFFFFFFFFu
uint32_t framing_crc32_more(uint32_t crc, const uint8_t *bytes, size_t size_bytes);

static inline uint8_t framing_type(const framing_decoder *decoder) {
    return decoder->body[0];
}

uint16_t framing_sequence(const framing_decoder *decoder);

static inline const uint8_t *framing_payload(const framing_decoder *decoder) {
    return decoder->body + FRAMING_HEADER_BYTES;
}

static inline size_t framing_payload_bytes(const framing_decoder *decoder) {
    return decoder->size_bytes - FRAMING_MIN_BODY_BYTES;
}

#endif
