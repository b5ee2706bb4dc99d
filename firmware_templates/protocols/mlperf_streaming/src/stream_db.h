/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The command `db`: 512 samples, int16 with the low byte first, as hexadecimal digits. */
#ifndef MCU_STREAM_DB_H
#define MCU_STREAM_DB_H

#include "mlperf_stream.h"

/* `at`: what follows the word `db`. */
void stream_db(mlperf_stream *state, const char *at);

/* The samples of the buffer into `samples` [MEL_HOP_SAMPLES]. */
void stream_db_samples(const mlperf_stream *state, int16_t *samples);

#endif
