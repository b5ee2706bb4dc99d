/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A microphone with an analog output (MAX4466, MAX9814) on ADC0, pin GP26, of a Raspberry Pi Pico, by the Pico SDK that
 * both of its Arduino cores bring: this file is yours.
 *
 * The ADC runs by itself at 8 kHz; its interrupt collects.  listener.c makes 16 kHz of it, and takes the offset off: the
 * middle of such a microphone is half of the supply. */
#include <Arduino.h>
#include <hardware/adc.h>
#include <hardware/irq.h>

#include "mcu_sensor.h"

#define RING_SAMPLES 1024u /* an eighth of a second; a power of two, for the indices below wrap around */
#include "sample_ring.h"

#define SAMPLES_PER_S 8000ul
#define ADC_CLOCK_HZ 48000000ul
#define PIN 26u
#define INPUT 0u
#define FULL_SCALE_SHIFT 4 /* 12 bits become 16 */

static const mcu_sensor_info info = {MCU_SENSOR_MICROPHONE, 1, SAMPLES_PER_S * 1000ul, 1.0f / 32768.0f};

static void on_sample() {
    while (!adc_fifo_is_empty()) {
        const int32_t value = (static_cast<int32_t>(adc_fifo_get()) - 2048) * (1 << FULL_SCALE_SHIFT);
        ring_put(static_cast<int16_t>(value));
    }
}

bool mcu_sensor_start(void) {
    mcu_sensor_stop();
    ring_reset();
    adc_init();
    adc_gpio_init(PIN);
    adc_select_input(INPUT);
    adc_fifo_setup(true, false, 1, false, false);
    adc_set_clkdiv(static_cast<float>(ADC_CLOCK_HZ / SAMPLES_PER_S - 1ul));
    irq_set_exclusive_handler(ADC_IRQ_FIFO, on_sample);
    adc_irq_set_enabled(true);
    irq_set_enabled(ADC_IRQ_FIFO, true);
    adc_run(true);
    return true;
}

const mcu_sensor_info *mcu_sensor_describe(void) {
    return &info;
}

uint32_t mcu_sensor_read(int16_t *numbers, uint32_t capacity) {
    return ring_read(numbers, capacity);
}

uint32_t mcu_sensor_lost(void) {
    return ring_lost;
}

bool mcu_sensor_ended(void) {
    return false;
}

void mcu_sensor_stop(void) {
    adc_run(false);
    irq_set_enabled(ADC_IRQ_FIFO, false);
}
