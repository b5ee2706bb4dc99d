/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The cycle counter of the data watchpoint and trace unit (Armv7-M ARM, C1.8; Armv8-M ARM, B13): Cortex-M3, M4, M7, M33.
 * Addresses, because the cores' headers name these registers differently. */
#include "ticks.h"

#define DEBUG_EXCEPTION_CONTROL (*(volatile uint32_t *)0xE000EDFCu) /* DEMCR */
#define TRACE_ENABLE (1u << 24)
#define DWT_CONTROL (*(volatile uint32_t *)0xE0001000u)
#define DWT_CYCLE_COUNT_ENABLE (1u << 0)
#define DWT_CYCLE_COUNT (*(volatile uint32_t *)0xE0001004u)
#define DWT_LOCK_ACCESS (*(volatile uint32_t *)0xE0001FB0u)
#define UNLOCK 0xC5ACCE55u /* CoreSight architecture: opens a component for writing; Cortex-M7 needs it */

void ticks_init(void) {
    DEBUG_EXCEPTION_CONTROL = DEBUG_EXCEPTION_CONTROL | TRACE_ENABLE;
    DWT_LOCK_ACCESS = UNLOCK;
    DWT_CONTROL = DWT_CONTROL | DWT_CYCLE_COUNT_ENABLE;
}

uint32_t ticks_counter(void) {
    return DWT_CYCLE_COUNT;
}
