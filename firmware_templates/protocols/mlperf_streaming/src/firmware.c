/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* firmware.h for the benchmark: the streaming wake word's protocol instead of the toolkit's own. */
#include "firmware.h"

#include "inference.h"
#include "mlperf_stream.h"
#include "platform.h"

static mlperf_stream state;

void firmware_start(void) {
    platform_init();
    mlperf_stream_init(&state, inference_init(0));
    mlperf_stream_greet();
}

void firmware_poll(void) {
    uint8_t bytes[64];
    const size_t size_bytes = platform_read(bytes, sizeof bytes);
    if (size_bytes != 0u) {
        mlperf_stream_feed(&state, bytes, size_bytes);
    } else if (!mlperf_stream_hear(&state)) {
        platform_wait();
    }
}
