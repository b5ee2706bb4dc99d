/* Framing alone, line by line: "E type sequence payload" -> the frame; "D stream" -> "F type sequence payload" for
 * every frame and "X" for everything dropped, in one line.  Bytes in hexadecimal, "-" for none. */
#include <stdio.h>
#include <string.h>

#include "framing.h"

static char line[20000], hex[20000];
static uint8_t bytes[10000];

static size_t from_hex(const char *text) {
    size_t count = 0;
    unsigned value;
    while (text[0] != '-' && sscanf(text + 2 * count, "%2x", &value) == 1) {
        bytes[count++] = (uint8_t)value;
    }
    return count;
}

static void print_hex(const uint8_t *data, size_t count) {
    if (count == 0) {
        printf("-");
    }
    for (size_t i = 0; i < count; i++) {
        printf("%02x", data[i]);
    }
}

static void encode(uint8_t type, uint16_t sequence, size_t count) {
    uint8_t frame[FRAMING_BUFFER_BYTES(LINK_MAX_PAYLOAD_BYTES)];
    memcpy(frame + FRAMING_PAYLOAD_AT, bytes, count);
    print_hex(frame, framing_encode(frame, type, sequence, count));
    printf("\n");
}

static void decode(size_t count) {
    framing_decoder decoder;
    memset(&decoder, 0, sizeof decoder);
    for (size_t i = 0; i < count; i++) {
        const framing_result result = framing_feed(&decoder, bytes[i]);
        if (result == FRAMING_FRAME) {
            printf("F %u %u ", framing_type(&decoder), framing_sequence(&decoder));
            print_hex(framing_payload(&decoder), framing_payload_bytes(&decoder));
            printf(" ");
        } else if (result == FRAMING_DROPPED) {
            printf("X ");
        }
    }
    printf("\n");
}

int main(void) {
    while (fgets(line, sizeof line, stdin) != NULL) {
        unsigned type, sequence;
        if (sscanf(line, "E %u %u %19999s", &type, &sequence, hex) == 3) {
            encode((uint8_t)type, (uint16_t)sequence, from_hex(hex));
        } else if (sscanf(line, "D %19999s", hex) == 1) {
            decode(from_hex(hex));
        }
    }
    return 0;
}
