/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The firmware: answer the host for ever. */
#include "firmware.h"

int main(void) {
    firmware_start();
    for (;;) {
        firmware_poll();
    }
}
