/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* An Arduino core has the main(): it calls these. */
#include <Arduino.h>

#include "firmware.h"

void setup() {
    firmware_start();
}

void loop() {
    firmware_poll();
}
