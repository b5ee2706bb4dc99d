/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The Arduino core's microseconds: for processors without a cycle counter. */
#include <Arduino.h>

#include "ticks.h"

void ticks_init(void) {
}

uint32_t ticks_counter(void) {
    return static_cast<uint32_t>(micros());
}
