/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The free-running counter that times an inference: one driver, ticks_<driver>.cpp, is part of a firmware. */
#ifndef MCU_TICKS_H
#define MCU_TICKS_H

#include <stdint.h>

void ticks_init(void);

/* The counter as it is, wrapping at 32 bits. */
uint32_t ticks_counter(void);

#endif
