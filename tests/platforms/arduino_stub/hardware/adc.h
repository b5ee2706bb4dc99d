/* A fake: what the microphone's driver uses of the Pico SDK's hardware/adc.h, written for these tests from its
 * documentation.  It compiles, and nothing of it was compared with the real header. */
#include <stdbool.h>
#include <stdint.h>

void adc_init();
void adc_gpio_init(unsigned pin);
void adc_select_input(unsigned input);
void adc_fifo_setup(bool enabled, bool dma, uint16_t threshold, bool error_in_fifo, bool byte_shift);
void adc_set_clkdiv(float divider);
void adc_irq_set_enabled(bool enabled);
void adc_run(bool run);
bool adc_fifo_is_empty();
uint16_t adc_fifo_get();
