/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* firmware.h for the benchmark: EEMBC's protocol instead of the toolkit's own. */
#include "firmware.h"

#include "inference.h"
#include "mlperf.h"
#include "platform.h"

static mlperf_state state;

void firmware_start(void) {
    platform_init();
    mlperf_init(&state, inference_init(0));
    mlperf_greet();
}

void firmware_poll(void) {
    uint8_t bytes[64];
    const size_t size_bytes = platform_read(bytes, sizeof bytes);
    if (size_bytes != 0u) {
        mlperf_feed(&state, bytes, size_bytes);
    } else {
        platform_wait();
    }
}
