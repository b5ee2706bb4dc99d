/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The device's side of EEMBC's serial protocol for MLPerf Tiny: text commands that end with '%', text answers.
 *
 * Everything that comes over the line is bounded here: a command has MLPERF_COMMAND_BYTES, `db` data goes only where
 * `db load` announced room, and `db load` only announces what the buffer has.
 */
#ifndef MCU_MLPERF_H
#define MCU_MLPERF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mlperf_command.h"
#include "mlperf_config.h"

#define MLPERF_COMMAND_BYTES 80u

typedef struct {
    char command[MLPERF_COMMAND_BYTES + 1u];
    mlperf_command received; /* of `command` */
    uint8_t db[MLPERF_DB_BYTES];
    size_t db_expected; /* 0: nothing was announced */
    size_t db_filled;
    int model_status; /* as inference_init() said */
} mlperf_state;

void mlperf_init(mlperf_state *state, int model_status);

/* What is said after power-on. */
void mlperf_greet(void);

/* Takes received bytes, cut anywhere; carries out every command they complete. */
void mlperf_feed(mlperf_state *state, const uint8_t *bytes, size_t size_bytes);

#endif
