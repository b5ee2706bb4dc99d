/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a chip needs beside its core, UART and counter: clocks, pins, and a way to restart.  Boards whose file names a
 * `chip` have a folder of sources for it (chips/<name>/); emulated machines that need none of it name no chip. */
#ifndef MCU_CHIP_H
#define MCU_CHIP_H

/* Starts the clocks, and takes the UART and its pins out of reset.  Called once, before the drivers. */
void chip_init(void);

/* Restarts the whole chip; RAM keeps its content.  Does not return. */
__attribute__((noreturn)) void chip_reset(void);

#endif
