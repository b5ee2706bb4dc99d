/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* SysTick, the 24-bit down-counter of the core (Armv7-M ARM, B3.3; Armv6-M ARM, B3.3).  Its interrupt counts the wraps,
 * so the counter is right over any time; it is the one interrupt of the firmware with a handler. */
#include "cortex_m.h"
#include "firmware_config.h"
#include "ticks.h"

#define SYSTICK_CONTROL REGISTER(0xE000E010u)
#define SYSTICK_RELOAD REGISTER(0xE000E014u)
#define SYSTICK_VALUE REGISTER(0xE000E018u)
#define CONTROL_ENABLE (1u << 0)
#define CONTROL_INTERRUPT (1u << 1)
#define CONTROL_CORE_CLOCK (1u << 2)
#define WRAP_BITS 24u
#define LAST ((1u << WRAP_BITS) - 1u)

#define SCB_ICSR REGISTER(0xE000ED04u)
#define ICSR_SYSTICK_PENDING_BIT 26u

/* What the handler takes: five instructions; in cycles by the manual of the Cortex-M0+ (ARM DDI 0484C, table 3-1),
 * without the core's own work around it, some 30 cycles in 16 million. */
#if PLATFORM_TICK_UNIT == 2
#define HANDLER_TICKS 9u
#else
#define HANDLER_TICKS 5u
#endif

void systick_handler(void);

/* Used: only assembly, which -flto does not look into, changes it. */
__attribute__((used)) uint32_t systick_wraps;

/* In assembly, so that its length is known and can be left out of what is measured. */
/* clang-format off */
__attribute__((naked, used)) void systick_handler(void) {
    __asm volatile(
        ".syntax unified\n\t"
        "ldr r0, =systick_wraps\n\t"
        "ldr r1, [r0]\n\t"
        "adds r1, #1\n\t"
        "str r1, [r0]\n\t"
        "bx lr\n\t"
        ".ltorg");
}
/* clang-format on */

void ticks_init(void) {
    SYSTICK_RELOAD = LAST;
    SYSTICK_VALUE = 0u; /* any write clears it */
    SYSTICK_CONTROL = CONTROL_ENABLE | CONTROL_INTERRUPT | CONTROL_CORE_CLOCK;
    interrupts_restore(0u); /* masked since reset; the UART's line is only enabled inside cpu_wait_for_uart() */
}

ticks_reading ticks_read(void) {
    const uint32_t masked = interrupts_mask();
    const uint32_t elapsed = LAST - SYSTICK_VALUE;
    const uint32_t pending = SCB_ICSR >> ICSR_SYSTICK_PENDING_BIT & 1u;
    const uint32_t handled = *(volatile uint32_t *)&systick_wraps;
    interrupts_restore(masked);
    /* A wrap whose handler has yet to run: it came before the look at the counter if that shows an early value. */
    const uint32_t missing = pending & ~(elapsed >> (WRAP_BITS - 1u));
    return (ticks_reading){
        .counts = ((uint64_t)(handled + missing) << WRAP_BITS) + elapsed,
        .own_ticks = handled * HANDLER_TICKS,
    };
}
