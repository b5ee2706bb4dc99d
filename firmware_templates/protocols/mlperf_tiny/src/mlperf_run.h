/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Inferences for the benchmark: from the bytes of `db` to the results. */
#ifndef MCU_MLPERF_RUN_H
#define MCU_MLPERF_RUN_H

#include <stddef.h>
#include <stdint.h>

/* Says the time as `m-lap-us-N`. */
void mlperf_timestamp(void);

/* Warms up, runs and times; says everything, the results last. */
void mlperf_run(const uint8_t *data, size_t size_bytes, uint32_t inferences, uint32_t warmups);

/* The results of the last inference. */
void mlperf_results(void);

#endif
