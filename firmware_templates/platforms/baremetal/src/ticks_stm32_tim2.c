/* TIM2 of STM32F2/F4: a 32-bit up-counter (RM0090, section 18.4).  With prescaler 0 QEMU's model counts at 1 GHz of
 * virtual time, and under `-icount shift=0` an instruction takes 1 ns: one count is one instruction. */
#include "firmware_config.h"
#include "ticks.h"

typedef struct {
    volatile uint32_t control1;
    volatile uint32_t reserved[8];
    volatile uint32_t counter;    /* offset 0x24 */
    volatile uint32_t prescaler;  /* offset 0x28 */
    volatile uint32_t autoreload; /* offset 0x2C */
} timer_registers;

#define TIMER ((timer_registers *)TICKS_BASE)
#define CONTROL1_ENABLE (1u << 0)

static uint32_t last;
static uint32_t wraps;

void ticks_init(void) {
    TIMER->prescaler = 0u;
    TIMER->autoreload = UINT32_MAX;
    TIMER->counter = 0u;
    TIMER->control1 = CONTROL1_ENABLE;
    last = 0u;
    wraps = 0u;
}

uint64_t ticks_now(void) {
    const uint32_t now = TIMER->counter;
    if (now < last) {
        wraps++;
    }
    last = now;
    return ((uint64_t)wraps << 32) | now;
}
