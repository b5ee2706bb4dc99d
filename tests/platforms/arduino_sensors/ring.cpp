/* A microphone whose interrupt fills a ring: samples count up, and each is the number of its moment.
 *
 * Input, a line for each read: how many new samples come before it, its capacity, and how many more come as soon as
 * interrupts are on again within it.  Output: how many were lost so far, then the samples. */
#include <Arduino.h>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "mcu_sensor.h"

static uint32_t recorded;
static uint32_t waiting;
static uint32_t later;
static bool is_off;

#if defined(SENSOR_PDM)
#include <PDM.h>
static void (*handler)();
StubPdm PDM;
int StubPdm::begin(int, int) {
    return 1;
}
void StubPdm::end() {}
void StubPdm::onReceive(void (*function)(void)) {
    handler = function;
}
int StubPdm::available() {
    return static_cast<int>(2 * waiting);
}
int StubPdm::read(void *buffer, size_t size) {
    uint32_t count = 0;
    for (; waiting != 0 && count < size / 2; count++, waiting--) {
        static_cast<int16_t *>(buffer)[count] = static_cast<int16_t>(recorded++ % 128u * 16u);
    }
    return static_cast<int>(2 * count);
}
#else
#include <hardware/adc.h>
#include <hardware/irq.h>
static irq_handler_t handler;
void adc_init() {}
void adc_gpio_init(unsigned) {}
void adc_select_input(unsigned) {}
void adc_fifo_setup(bool, bool, uint16_t, bool, bool) {}
void adc_set_clkdiv(float) {}
void adc_irq_set_enabled(bool) {}
void adc_run(bool) {}
bool adc_fifo_is_empty() {
    return waiting == 0;
}
uint16_t adc_fifo_get() {
    waiting--;
    return static_cast<uint16_t>(2048u + recorded++ % 128u);
}
void irq_set_exclusive_handler(unsigned, irq_handler_t function) {
    handler = function;
}
void irq_set_enabled(unsigned, bool) {}
#endif

static void record(uint32_t count) {
    if (is_off) {
        std::abort();
    }
    waiting += count;
    handler();
}

void noInterrupts() {
    is_off = true;
}

void interrupts() {
    is_off = false;
    record(later);
    later = 0;
}

int main() {
    unsigned before, capacity, within;
    if (!mcu_sensor_start()) {
        return 1;
    }
    while (std::scanf("%u %u %u", &before, &capacity, &within) == 3) {
        record(before);
        later = within;
        std::vector<int16_t> numbers(capacity + 1u);
        const uint32_t count = mcu_sensor_read(numbers.data(), capacity);
        std::printf("%u", static_cast<unsigned>(mcu_sensor_lost()));
        for (uint32_t i = 0; i < count; i++) {
            std::printf(" %d", numbers[i] / 16);
        }
        std::printf("\n");
    }
    return 0;
}
