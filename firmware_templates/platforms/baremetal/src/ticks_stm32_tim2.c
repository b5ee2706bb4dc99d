/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* TIM2 of STM32F2/F4: a 32-bit up-counter (RM0090, section 18.4).  With prescaler 0 QEMU's model counts at 1 GHz of
 * virtual time, and under `-icount shift=0` an instruction takes 1 ns: one count is one instruction.  TIM5, its twin,
 * counts every 2^16th of them and so shows how often TIM2 has wrapped. */
#include "firmware_config.h"
#include "ticks.h"
#include "wide_counter.h"

typedef struct {
    volatile uint32_t control1;
    volatile uint32_t reserved[8];
    volatile uint32_t counter;    /* offset 0x24 */
    volatile uint32_t prescaler;  /* offset 0x28 */
    volatile uint32_t autoreload; /* offset 0x2C */
} timer_registers;

#define FAST ((timer_registers *)TICKS_BASE)
#define SLOW ((timer_registers *)(TICKS_BASE + 0xC00u)) /* TIM5: RM0090, table 1 */
#define SLOW_SHIFT 16u
#define CONTROL1_ENABLE (1u << 0)

static void start(timer_registers *timer, uint32_t prescaler) {
    timer->prescaler = prescaler;
    timer->autoreload = UINT32_MAX;
    timer->counter = 0u;
    timer->control1 = CONTROL1_ENABLE;
}

void ticks_init(void) {
    start(SLOW, (1u << SLOW_SHIFT) - 1u);
    start(FAST, 0u);
}

ticks_reading ticks_read(void) {
    const uint32_t slow = SLOW->counter;
    return (ticks_reading){.counts = wide_counter(slow, SLOW_SHIFT, FAST->counter), .own_ticks = 0u};
}
