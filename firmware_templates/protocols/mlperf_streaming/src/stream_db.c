/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "stream_db.h"

#include "mlperf_print.h"
#include "mlperf_words.h"

static void load(mlperf_stream *state, const char *at) {
    const size_t length = next_word(&at);
    const int32_t size_bytes = number_of(at, length);
    state->db_expected = 0; /* a refused one leaves no room to write to */
    state->db_filled = 0;
    if (size_bytes <= 0 || (uint32_t)size_bytes > MLPERF_DB_BYTES) {
        print_text("Error: db load takes 1 to ");
        print_number(MLPERF_DB_BYTES);
        print_text(" bytes\r\n");
        return;
    }
    state->db_expected = (size_t)size_bytes;
    print_text("Expecting ");
    print_number((uint32_t)size_bytes);
    print_text(" bytes\r\n");
}

/* Digits behind the last announced byte are disregarded. */
static void store(mlperf_stream *state, const char *digits, size_t length) {
    if (state->db_filled >= state->db_expected) {
        print_text("Error: db load must announce the bytes first\r\n");
        return;
    }
    if (length % 2u != 0u) {
        print_text("Error: an odd number of digits\r\n");
        return;
    }
    for (size_t i = 0; i < length && state->db_filled < state->db_expected; i += 2u) {
        const int high = hex_digit(digits[i]);
        const int low = hex_digit(digits[i + 1u]);
        if (high < 0 || low < 0) {
            print_text("Error: no hexadecimal digit\r\n");
            return;
        }
        state->db[state->db_filled++] = (uint8_t)(high << 4 | low);
    }
    if (state->db_filled == state->db_expected) {
        print_text("m-load-done\r\n");
        return;
    }
    print_number(state->db_filled);
    print_text(" bytes received\r\n");
}

/* For a host that repeats a part: what follows is stored from there on.  Never behind what was announced. */
static void set_position(mlperf_stream *state, const char *at) {
    const size_t length = next_word(&at);
    const int32_t position = number_of(at, length);
    if (length == 0u || position < 0 || (size_t)position > state->db_expected) {
        print_text("Error: db setptr takes a number of bytes, at most what was announced\r\n");
        return;
    }
    state->db_filled = (size_t)position;
}

static void print(const mlperf_stream *state, const char *at) {
    const size_t length = next_word(&at);
    const int32_t asked = number_of(at, length);
    const size_t count = asked <= 0 || (uint32_t)asked > MLPERF_DB_BYTES ? MLPERF_DB_BYTES : (size_t)asked;
    print_text("m-buffer-");
    for (size_t i = 0; i < count; i++) {
        print_hex_byte(state->db[i]);
        print_text(i + 1u < count ? "-" : "\r\n");
    }
}

void stream_db(mlperf_stream *state, const char *at) {
    const size_t length = next_word(&at);
    if (is_word(at, length, "load")) {
        load(state, at + length);
    } else if (is_word(at, length, "print")) {
        print(state, at + length);
    } else if (is_word(at, length, "getptr")) {
        print_text("m-buff-ptr-");
        print_number(state->db_filled);
        print_text("\r\n");
    } else if (is_word(at, length, "setptr")) {
        set_position(state, at + length);
    } else if (length != 0u && hex_digit(at[0]) >= 0) {
        store(state, at, length);
    } else {
        print_text("Error: db takes load, print, getptr, setptr or hexadecimal digits\r\n");
    }
}

void stream_db_samples(const mlperf_stream *state, int16_t *samples) {
    for (uint32_t i = 0; i < MEL_HOP_SAMPLES; i++) {
        samples[i] = (int16_t)(uint16_t)(state->db[2u * i] | (uint32_t)state->db[2u * i + 1u] << 8);
    }
}
