/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A fault of the core: the handler cannot use `Serial`, so it leaves the FAULT event in RAM that no start-up code
 * clears, restarts the firmware, and that sends it.  Where a core has no place for a handler of ours, nothing is ever
 * recorded. */
#ifndef MCU_FAULT_H
#define MCU_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Called once, first: looks at what the former run left.  True if that run ended with a fault. */
bool fault_start(void);

/* The size of the event still to be sent, which `frame` then points to; 0 if there is none. */
size_t fault_pending(const uint8_t **frame);
void fault_sent(void);

/* The firmware got as far as waiting for input: a later fault is not the start-up's. */
void fault_all_is_well(void);

#ifdef __cplusplus
}
#endif

#endif
