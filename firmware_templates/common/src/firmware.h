/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The firmware in two calls, for main() or for whatever a platform has instead of it (Arduino: setup() and loop()). */
#ifndef MCU_FIRMWARE_H
#define MCU_FIRMWARE_H

#ifdef __cplusplus
extern "C" {
#endif

/* Prepares platform and models.  A model that cannot be prepared is reported by MODEL_INFO; the rest works. */
void firmware_start(void);

/* Answers what has come from the host, or waits for it.  Call it for ever. */
void firmware_poll(void);

#ifdef __cplusplus
}
#endif

#endif
