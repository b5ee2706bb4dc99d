/* A fake: what the microphone's driver uses of the Pico SDK's hardware/irq.h, written for these tests from its
 * documentation.  It compiles, and nothing of it was compared with the real header. */
#include <stdbool.h>

#define ADC_IRQ_FIFO 22
typedef void (*irq_handler_t)();
void irq_set_exclusive_handler(unsigned number, irq_handler_t handler);
void irq_set_enabled(unsigned number, bool enabled);
