/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Microseconds of this machine's monotonic clock.  They say how long a run took here, nothing about any board. */
#define _POSIX_C_SOURCE 199309L /* clock_gettime */
#include "ticks.h"

#include <time.h>

static uint64_t start_us;

static uint64_t clock_us(void) {
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) {
        return 0;
    }
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

void ticks_init(void) {
    start_us = clock_us();
}

uint64_t ticks_now(void) {
    return clock_us() - start_us;
}
