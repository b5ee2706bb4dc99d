/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* From a stack that works to main(): the part of the start that is the same on every core. */
#ifndef MCU_START_C_H
#define MCU_START_C_H

__attribute__((noreturn)) void start_c(void);

#endif
