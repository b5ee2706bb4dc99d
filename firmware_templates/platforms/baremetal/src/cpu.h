/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the firmware needs of the core itself: one folder of sources for each family (cortex_m, riscv) has it. */
#ifndef MCU_CPU_H
#define MCU_CPU_H

/* After variables are set up and before anything else is used. */
void cpu_init(void);

/* Sleeps until the UART's interrupt line rises; returns at once where uart_readable().  No handler runs. */
void cpu_wait_for_uart(void);

/* Restarts the chip; RAM keeps its content.  Does not return. */
__attribute__((noreturn)) void cpu_reset(void);

/* Stops for ever, asleep. */
__attribute__((noreturn)) void cpu_halt(void);

#endif
