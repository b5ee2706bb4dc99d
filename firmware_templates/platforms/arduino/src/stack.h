/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The stack that setup() and loop() run on, where it can be looked at: each kind of Arduino core has its own way. */
#ifndef MCU_STACK_H
#define MCU_STACK_H

#include <stdint.h>

/* Called first: paints the stack where the core does not do it. */
void stack_init(void);

/* 0 where nothing can be said. */
uint32_t stack_bytes(void);
uint32_t stack_used_bytes(void);

#endif
