/* The I2S driver of an ESP32: eight buffers in turn, of which seven can be full; the oldest is thrown away for new
 * sound, and nobody says so.  A read without time to wait brings what is there, and "timeout" if that is less than was
 * asked.
 *
 * Input: the time between samples in nanoseconds, then, a line for each read, how many microseconds pass before it and
 * its capacity.  Output, a line for each: how many samples it gives, how many the driver counts as lost, how many were.
 */
#include <Arduino.h>
#include <cstdint>
#include <cstdio>
#include <driver/i2s.h>
#include <vector>

#include "mcu_sensor.h"

static const uint64_t buffer = 256;
static const uint64_t full = 7;
static uint64_t now_us = 0xFFFF0000u; /* the clock wraps around soon */
static uint64_t start_us = now_us;
static uint64_t interval_ns = 62500;
static uint64_t next_sample; /* to be read */
static uint64_t lost;

unsigned long micros() {
    return static_cast<uint32_t>(now_us);
}

esp_err_t i2s_driver_install(i2s_port_t, const i2s_config_t *config, int, void *) {
    return config->dma_buf_count == 8 && config->dma_buf_len == 256 ? ESP_OK : -1;
}

esp_err_t i2s_driver_uninstall(i2s_port_t) {
    return ESP_OK;
}

esp_err_t i2s_set_pin(i2s_port_t, const i2s_pin_config_t *) {
    return ESP_OK;
}

/* The buffer that is being read is out of the queue: it is not thrown away. */
static void throw_away() {
    const uint64_t filled = (now_us - start_us) * 1000u / interval_ns / buffer;
    const uint64_t first = (next_sample + buffer - 1u) / buffer;
    if (next_sample % buffer == 0 && filled > first + full) {
        lost += (filled - first - full) * buffer;
        next_sample = (filled - full) * buffer;
    }
}

esp_err_t i2s_read(i2s_port_t, void *destination, size_t size, size_t *bytes_read, TickType_t) {
    const uint64_t filled = (now_us - start_us) * 1000u / interval_ns / buffer;
    *bytes_read = 0;
    while (*bytes_read < size) {
        throw_away();
        if (next_sample >= filled * buffer) {
            return ESP_ERR_TIMEOUT;
        }
        static_cast<int32_t *>(destination)[*bytes_read / 4u] = static_cast<int32_t>(next_sample++ % 1000u) << 14;
        *bytes_read += 4;
    }
    return ESP_OK;
}

int main() {
    unsigned long interval, step, capacity;
    if (!mcu_sensor_start() || std::scanf("%lu", &interval) != 1) {
        return 1;
    }
    interval_ns = interval;
    while (std::scanf("%lu %lu", &step, &capacity) == 2) {
        std::vector<int16_t> numbers(capacity + 1u);
        now_us += step;
        const uint32_t count = mcu_sensor_read(numbers.data(), static_cast<uint32_t>(capacity));
        std::printf("%u %u %u\n", count, static_cast<unsigned>(mcu_sensor_lost()), static_cast<unsigned>(lost));
    }
    return 0;
}
