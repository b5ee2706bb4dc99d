/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The free-running counter that times an inference: one driver, ticks_<driver>.c, is part of a firmware. */
#ifndef MCU_TICKS_H
#define MCU_TICKS_H

#include <stdint.h>

void ticks_init(void);

/* Counts since ticks_init(), extended to 64 bits in software: call it at least once per wrap of the counter. */
uint64_t ticks_now(void);

#endif
