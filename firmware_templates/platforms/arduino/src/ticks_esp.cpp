/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The cycle counter of the ESP32 family (CCOUNT on Xtensa, a performance counter on RISC-V), by the core's own call. */
#include <Arduino.h>

#include "ticks.h"

void ticks_init(void) {
}

uint32_t ticks_counter(void) {
    return static_cast<uint32_t>(ESP.getCycleCount());
}
