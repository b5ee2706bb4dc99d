/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The device's side of the serial protocol of MLPerf Tiny's streaming wake word: text commands that end with '%', which
 * are repeated before they are answered; an answer ends with "m-ready".
 *
 * Sound comes from the microphone between `start` and `stop`, or over the line: 512 samples by `db`, then
 * `extract_uart_stream`.  Everything that comes over the line is bounded here: a command has MLPERF_COMMAND_BYTES, and
 * `db` stores nothing behind its buffer. */
#ifndef MCU_MLPERF_STREAM_H
#define MCU_MLPERF_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mlperf_command.h"
#include "stream_detector.h"

#define MLPERF_COMMAND_BYTES 1028u /* EE_CMD_SIZE of the reference: `db ` and 512 bytes */
#define MLPERF_DB_BYTES (2u * MEL_HOP_SAMPLES)

typedef struct {
    char command[MLPERF_COMMAND_BYTES + 1u];
    mlperf_command received; /* of `command` */
    uint8_t db[MLPERF_DB_BYTES];
    size_t db_expected; /* 0: nothing was announced */
    size_t db_filled;
    int model_status; /* as inference_init() said, or the last inference */
    bool is_listening;
    stream_detector detector;
} mlperf_stream;

void mlperf_stream_init(mlperf_stream *state, int model_status);

/* What is said after power-on. */
void mlperf_stream_greet(void);

/* Takes received bytes, cut anywhere; carries out every command they complete. */
void mlperf_stream_feed(mlperf_stream *state, const uint8_t *bytes, size_t size_bytes);

/* While it listens: hears a little.  False where there was nothing to do. */
bool mlperf_stream_hear(mlperf_stream *state);

#endif
