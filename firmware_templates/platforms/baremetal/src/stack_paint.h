/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the stack is painted with at reset, so that platform_stack_used_bytes() can see how deep it went.
 * No suffix: the start-up assembly reads it too. */
#ifndef MCU_STACK_PAINT_H
#define MCU_STACK_PAINT_H

#define STACK_PAINT 0xC5C5C5C5

#endif
