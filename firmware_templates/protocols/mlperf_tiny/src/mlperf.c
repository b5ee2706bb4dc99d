#include "mlperf.h"

#include <string.h>

#include "inference.h"
#include "mlperf_print.h"
#include "mlperf_run.h"

void mlperf_init(mlperf_state *state, int model_status) {
    memset(state, 0, sizeof *state);
    state->model_status = model_status;
}

void mlperf_greet(void) {
    print_text("m-timestamp-mode-performance\r\n");
    mlperf_timestamp();
    print_text("m-init-done\r\nm-ready\r\n");
}

/* The next word of a command: up to the next space; returns its length. */
static size_t next_word(const char **at) {
    while (**at == ' ') {
        (*at)++;
    }
    size_t length = 0;
    while ((*at)[length] != '\0' && (*at)[length] != ' ') {
        length++;
    }
    return length;
}

static bool is_word(const char *at, size_t length, const char *word) {
    return strlen(word) == length && memcmp(at, word, length) == 0;
}

/* Decimal digits only, at most `limit`; -1 for anything else. */
static int32_t number(const char *at, size_t length, int32_t limit) {
    int32_t value = 0;
    if (length == 0) {
        return -1;
    }
    for (size_t i = 0; i < length; i++) {
        if (at[i] < '0' || at[i] > '9') {
            return -1;
        }
        value = value * 10 + (at[i] - '0');
        if (value > limit) {
            return -1;
        }
    }
    return value;
}

static int hex_digit(char digit) {
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

static void db_load(mlperf_state *state, const char *at) {
    const size_t length = next_word(&at);
    const int32_t size_bytes = number(at, length, (int32_t)MLPERF_DB_BYTES);
    state->db_expected = 0; /* a refused one leaves no room to write to */
    state->db_filled = 0;
    if (size_bytes <= 0) {
        print_text("e-[Command 'db load' needs a number of bytes from 1 to ");
        print_number(MLPERF_DB_BYTES);
        print_text("]\r\n");
        return;
    }
    state->db_expected = (size_t)size_bytes;
    print_text("m-[Expecting ");
    print_number((uint32_t)size_bytes);
    print_text(" bytes]\r\n");
}

static void db_print(const mlperf_state *state) {
    for (size_t i = 0; i < state->db_expected; i++) {
        const bool ends_line = i % 8u == 7u || i + 1u == state->db_expected;
        if (i % 8u == 0u) {
            print_text("m-buffer-");
        }
        print_hex_byte(i < state->db_filled ? state->db[i] : 0u);
        print_text(ends_line ? "\r\n" : "-");
    }
}

/* All digits are looked at before the first byte is stored. */
static void db_data(mlperf_state *state, const char *digits, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (hex_digit(digits[i]) < 0) {
            print_text("e-[Invalid hex digit]\r\n");
            return;
        }
    }
    if (length % 2u != 0u) {
        print_text("e-[Odd number of hex digits]\r\n");
        return;
    }
    if (state->db_expected == 0u || length / 2u > state->db_expected - state->db_filled) {
        print_text("e-[More bytes than 'db load' announced]\r\n");
        return;
    }
    for (size_t i = 0; i < length; i += 2u) {
        state->db[state->db_filled++] = (uint8_t)(hex_digit(digits[i]) << 4 | hex_digit(digits[i + 1u]));
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
    size_t length = next_word(&at);
    const int32_t inferences = number(at, length, MLPERF_MAX_INFERENCES);
    at += length;
    length = next_word(&at);
    const int32_t warmups = length == 0u ? MLPERF_WARMUPS : number(at, length, MLPERF_MAX_INFERENCES);
    if (inferences <= 0 || warmups < 0) {
        print_text("e-[Command 'infer' needs the number of inferences, and may have that of warm-ups]\r\n");
    } else if (state->model_status != INFERENCE_OK) {
        print_text("e-[The model could not be prepared, status ");
        print_number((uint32_t)state->model_status);
        print_text("]\r\n");
    } else {
        mlperf_run(state->db, state->db_filled, (uint32_t)inferences, (uint32_t)warmups);
    }
}

static void help(void) {
    print_text("m-help-name%\r\nm-help-timestamp%\r\nm-help-profile%\r\nm-help-db load N% | db HEX% | db print%\r\n"
               "m-help-infer N [W]%\r\nm-help-results%\r\n");
}

static void profile(void) {
    print_text("m-profile-[ULPMark for tinyML Firmware V0.0.1]\r\nm-model-[" MLPERF_MODEL_VERSION "]\r\n");
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
    state->command[state->command_bytes] = '\0';
    if (state->too_long) {
        print_text("e-[Command is longer than 80 characters]\r\nm-ready\r\n");
    } else {
        execute(state);
    }
    state->command_bytes = 0;
    state->too_long = false;
}

void mlperf_feed(mlperf_state *state, const uint8_t *bytes, size_t size_bytes) {
    for (size_t i = 0; i < size_bytes; i++) {
        const char character = (char)bytes[i];
        if (character == '%') {
            end_command(state);
        } else if (character == '\r' || character == '\n' || character == '\0') {
            continue; /* people type them */
        } else if (state->command_bytes < MLPERF_COMMAND_BYTES) {
            state->command[state->command_bytes++] = character;
        } else {
            state->too_long = true;
        }
    }
}
