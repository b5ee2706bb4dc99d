/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The free-running counter that times an inference: one driver, ticks_<driver>.c, is part of a firmware. */
#ifndef MCU_TICKS_H
#define MCU_TICKS_H

#include <stdint.h>

typedef struct {
    uint64_t counts; /* since ticks_init(); right however rarely this is called */
    /* What the counter's own interrupt handler has taken so far, in the board's unit: it is not the firmware's work. */
    uint32_t own_ticks;
} ticks_reading;

void ticks_init(void);

/* What follows the look at the counter is the same number of instructions every time: it is part of what is measured.
 */
ticks_reading ticks_read(void);

#endif
