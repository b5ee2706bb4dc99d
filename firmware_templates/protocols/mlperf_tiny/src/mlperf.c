/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "mlperf.h"

#include <string.h>

#include "inference.h"
#include "mlperf_print.h"
#include "mlperf_run.h"
#include "mlperf_words.h"

#define MLPERF_FIRMWARE "ULPMark for tinyML Firmware V0.0.1" /* EE_FW_VERSION of the reference */

void mlperf_init(mlperf_state *state, int model_status) {
    memset(state, 0, sizeof *state);
    state->model_status = model_status;
}

void mlperf_greet(void) {
    print_text("m-timestamp-mode-performance\r\n");
    mlperf_timestamp();
    print_text("m-init-done\r\nm-ready\r\n");
}

static void db_load(mlperf_state *state, const char *at) {
    const size_t length = next_word(&at);
    const int32_t size_bytes = number_of(at, length);
    state->db_expected = 0; /* a refused one leaves no room to write to */
    state->db_filled = 0;
    if (length == 0u) {
        print_text("e-[Command 'db load' requires the # of bytes]\r\n");
    } else if (size_bytes <= 0) {
        print_text("e-[Command 'db load' must be >0 bytes]\r\n");
    } else if ((uint32_t)size_bytes > MLPERF_DB_BYTES) {
        print_text("e-[Supplied buffer size ");
        print_bytes(at, length);
        print_text(" exceeds maximum of ");
        print_number(MLPERF_DB_BYTES);
        print_text("]\r\n");
    } else {
        state->db_expected = (size_t)size_bytes;
        print_text("m-[Expecting ");
        print_number((uint32_t)size_bytes);
        print_text(" bytes]\r\n");
    }
}

/* An incomplete last line is followed by an empty one, as in the reference. */
static void db_print(const mlperf_state *state) {
    for (size_t i = 0; i < state->db_expected; i++) {
        const bool ends_line = i % 8u == 7u || i + 1u == state->db_expected;
        if (i % 8u == 0u) {
            print_text("m-buffer-");
        }
        print_hex_byte(i < state->db_filled ? state->db[i] : 0u);
        print_text(ends_line ? "\r\n" : "-");
    }
    if (state->db_expected % 8u != 0u) {
        print_text("\r\n");
    }
}

/* What is left when the announced bytes are there is disregarded; without room nothing is stored. */
static void db_data(mlperf_state *state, const char *digits, size_t length) {
    if (length % 2u != 0u) {
        print_text("e-[Insufficent number of hex digits]\r\n"); /* the protocol's own spelling */
        return;
    }
    if (state->db_filled >= state->db_expected) {
        print_text("e-[More bytes than 'db load' announced]\r\n");
        return;
    }
    for (size_t i = 0; i < length && state->db_filled < state->db_expected; i += 2u) {
        const int high = hex_digit(digits[i]);
        const int low = hex_digit(digits[i + 1u]);
        if (high < 0 || low < 0) {
            print_text("e-[Invalid hex digit '");
            print_bytes(digits + i, 2u);
            print_text("']\r\n");
            return;
        }
        state->db[state->db_filled++] = (uint8_t)(high << 4 | low);
    }
    if (state->db_filled == state->db_expected) {
        print_text("m-load-done\r\n");
    }
}

static void db(mlperf_state *state, const char *at) {
    const size_t length = next_word(&at);
    if (length == 0u) {
        print_text("e-[Command 'db' requires a subcommand]\r\n");
    } else if (is_word(at, length, "load")) {
        db_load(state, at + length);
    } else if (is_word(at, length, "print")) {
        db_print(state);
    } else {
        db_data(state, at, length);
    }
}

static void infer(mlperf_state *state, const char *at) {
    const size_t first_length = next_word(&at);
    const int32_t inferences = first_length == 0u ? 1 : number_of(at, first_length);
    at += first_length;
    const size_t second_length = next_word(&at);
    const int32_t warmups = second_length == 0u ? MLPERF_WARMUPS : number_of(at, second_length);
    if (inferences <= 0) {
        print_text("e-[Inference iterations must be >0]\r\n");
    } else if (warmups < 0) {
        print_text("e-[Inference warmup must be >=0]\r\n");
    } else if (inferences > MLPERF_MAX_INFERENCES || warmups > MLPERF_MAX_INFERENCES) {
        print_text("e-[Inference iterations must be <=");
        print_number(MLPERF_MAX_INFERENCES);
        print_text("]\r\n");
    } else if (state->model_status != INFERENCE_OK) {
        print_text("e-[The model could not be prepared, status ");
        print_number((uint32_t)state->model_status);
        print_text("]\r\n");
    } else {
        mlperf_run(state->db, state->db_filled, (uint32_t)inferences, (uint32_t)warmups);
    }
}

static void help(void) {
    print_text(MLPERF_FIRMWARE "\r\n\r\n"
                               "help         : this text\r\n"
                               "name         : the name of the device\r\n"
                               "profile      : the names of protocol and model\r\n"
                               "timestamp    : the time in microseconds\r\n"
                               "db load N    : expect N bytes of input\r\n"
                               "db HH[HH]*   : the next of them\r\n"
                               "db print     : all of them, in lines of eight\r\n"
                               "infer N [W]  : W inferences to warm up, then N with their time and results\r\n"
                               "results      : of the last inference\r\n");
}

static void profile(void) {
    print_text("m-profile-[" MLPERF_FIRMWARE "]\r\nm-model-[" MLPERF_MODEL_VERSION "]\r\n");
}

static void execute(mlperf_state *state) {
    const char *at = state->command;
    const size_t length = next_word(&at);
    if (is_word(at, length, "name")) {
        print_text("m-name-dut-[" MLPERF_VENDOR "]\r\n");
    } else if (is_word(at, length, "timestamp")) {
        mlperf_timestamp();
    } else if (is_word(at, length, "profile")) {
        profile();
    } else if (is_word(at, length, "help")) {
        help();
    } else if (is_word(at, length, "db")) {
        db(state, at + length);
    } else if (is_word(at, length, "infer")) {
        infer(state, at + length);
    } else if (is_word(at, length, "results")) {
        mlperf_results();
    } else {
        print_text("e-[Unknown command: ");
        print_bytes(at, length);
        print_text("]\r\n");
    }
    print_text("m-ready\r\n");
}

static void end_command(mlperf_state *state) {
    if (state->received.is_too_long) {
        print_text("e-[Command is longer than 80 characters]\r\nm-ready\r\n");
    } else {
        execute(state);
    }
    state->received = (mlperf_command){0};
}

void mlperf_feed(mlperf_state *state, const uint8_t *bytes, size_t size_bytes) {
    for (size_t i = 0; i < size_bytes; i++) {
        if (mlperf_command_take(&state->received, state->command, MLPERF_COMMAND_BYTES, (char)bytes[i])) {
            end_command(state);
        }
    }
}
