/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "framing.h"

#include <string.h>

#include "wire.h"

#define COBS_MAX_RUN 254u /* a code byte of 255 stands for so many bytes and no zero after them */

/* Four bits at a time: 64 bytes of table instead of 1024, a quarter of the time of bit by bit. */
uint32_t framing_crc32_more(uint32_t crc, const uint8_t *bytes, size_t size_bytes) {
    static const uint32_t table[16] = {
        0x00000000u, 0x1DB71064u, 0x3B6E20C8u, 0x26D930ACu, 0x76DC4190u, 0x6B6B51F4u, 0x4DB26158u, 0x5005713Cu,
        0xEDB88320u, 0xF00F9344u, 0xD6D6A3E8u, 0xCB61B38Cu, 0x9B64C2B0u, 0x86D3D2D4u, 0xA00AE278u, 0xBDBDF21Cu,
    };
    for (size_t i = 0; i < size_bytes; i++) {
        crc ^= bytes[i];
        crc = crc >> 4 ^ table[crc & 15u];
        crc = crc >> 4 ^ table[crc & 15u];
    }
    return crc;
}

uint32_t framing_crc32(const uint8_t *bytes, size_t size_bytes) {
    return ~framing_crc32_more(FRAMING_CRC32_START, bytes, size_bytes);
}

/* Encodes body_bytes at buffer + FRAMING_HEADROOM_BYTES to buffer + 1.  Writing never overtakes reading: it starts
 * with a lead of one byte for each code byte that has no zero to replace. */
static size_t cobs_encode_in_place(uint8_t *buffer, size_t body_bytes) {
    const uint8_t *from = buffer + FRAMING_HEADROOM_BYTES;
    const uint8_t *const end = from + body_bytes;
    uint8_t *code = buffer + 1;
    uint8_t *to = code + 1;
    uint8_t run = 0;
    while (from < end) {
        const uint8_t byte = *from++;
        if (byte != 0u) {
            *to++ = byte;
            run++;
        }
        if (byte == 0u || (run == COBS_MAX_RUN && from < end)) {
            *code = (uint8_t)(run + 1u);
            code = to++;
            run = 0;
        }
    }
    *code = (uint8_t)(run + 1u);
    return (size_t)(to - (buffer + 1));
}

size_t framing_encode(uint8_t *buffer, uint8_t type, uint16_t sequence, size_t payload_bytes) {
    uint8_t *body = buffer + FRAMING_HEADROOM_BYTES;
    const size_t head_bytes = FRAMING_HEADER_BYTES + payload_bytes;
    body[0] = type;
    wire_put_u16(body + 1, sequence);
    wire_put_u32(body + head_bytes, framing_crc32(body, head_bytes));
    const size_t encoded_bytes = cobs_encode_in_place(buffer, head_bytes + FRAMING_CRC_BYTES);
    buffer[0] = 0u;
    buffer[1u + encoded_bytes] = 0u;
    return encoded_bytes + 2u;
}

static void append(framing_decoder *decoder, uint8_t byte) {
    if (decoder->size_bytes < sizeof decoder->body) {
        decoder->body[decoder->size_bytes++] = byte;
    } else {
        decoder->broken = true;
    }
}

static bool is_frame(const framing_decoder *decoder) {
    if (decoder->broken || decoder->run_left != 0u || decoder->size_bytes < FRAMING_MIN_BODY_BYTES) {
        return false;
    }
    const size_t head_bytes = decoder->size_bytes - FRAMING_CRC_BYTES;
    return framing_crc32(decoder->body, head_bytes) == wire_get_u32(decoder->body + head_bytes);
}

framing_result framing_feed(framing_decoder *decoder, uint8_t byte) {
    if (decoder->ended) {
        framing_init(decoder);
    }
    if (byte == 0u) {
        if (!decoder->started) {
            return FRAMING_MORE;
        }
        decoder->ended = true;
        return is_frame(decoder) ? FRAMING_FRAME : FRAMING_DROPPED;
    }
    decoder->started = true;
    if (decoder->run_left != 0u) {
        decoder->run_left--;
        append(decoder, byte);
    } else {
        if (decoder->zero_due) {
            append(decoder, 0u);
        }
        decoder->run_left = (uint8_t)(byte - 1u);
        decoder->zero_due = byte != COBS_MAX_RUN + 1u;
    }
    return FRAMING_MORE;
}

uint16_t framing_sequence(const framing_decoder *decoder) {
    return wire_get_u16(decoder->body + 1);
}
