/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A microphone with an I2S output (INMP441, SPH0645, ICS-43434) on an ESP32, by the I2S driver of ESP-IDF 4.4, which
 * Arduino core 2.0 for the ESP32 brings: this file is yours.  Set the pins that yours is wired to. */
#include <Arduino.h>
#include <driver/i2s.h>

#include "mcu_sensor.h"

#define PIN_CLOCK 26  /* SCK, BCLK */
#define PIN_WORD 25   /* WS, LRCL */
#define PIN_DATA 33   /* SD, DOUT */
#define SLOT_SHIFT 14 /* 24 bits at the top of 32: 16 of them, four times as loud */
#define SAMPLES_PER_S 16000ul
#define PORT I2S_NUM_0
#define BUFFERS 8
#define BUFFER_SAMPLES 256
#define QUEUED_EVENTS 16

static const mcu_sensor_info info = {MCU_SENSOR_MICROPHONE, 1, SAMPLES_PER_S * 1000ul, 1.0f / 32768.0f};
static QueueHandle_t events;
static bool is_on;
static uint32_t lost;

bool mcu_sensor_start(void) {
    i2s_config_t config = {};
    config.mode = static_cast<i2s_mode_t>(I2S_MODE_MASTER | I2S_MODE_RX);
    config.sample_rate = SAMPLES_PER_S;
    config.bits_per_sample = I2S_BITS_PER_SAMPLE_32BIT;
    config.channel_format = I2S_CHANNEL_FMT_ONLY_LEFT;
    config.communication_format = I2S_COMM_FORMAT_STAND_I2S;
    config.dma_buf_count = BUFFERS;
    config.dma_buf_len = BUFFER_SAMPLES;
    i2s_pin_config_t pins = {};
    pins.mck_io_num = I2S_PIN_NO_CHANGE;
    pins.bck_io_num = PIN_CLOCK;
    pins.ws_io_num = PIN_WORD;
    pins.data_out_num = I2S_PIN_NO_CHANGE;
    pins.data_in_num = PIN_DATA;
    mcu_sensor_stop();
    lost = 0;
    is_on = i2s_driver_install(PORT, &config, QUEUED_EVENTS, &events) == ESP_OK;
    return is_on && i2s_set_pin(PORT, &pins) == ESP_OK;
}

const mcu_sensor_info *mcu_sensor_describe(void) {
    return &info;
}

/* The driver says when it had to throw a buffer away. */
static void count_lost(void) {
    i2s_event_t event;
    while (xQueueReceive(events, &event, 0) == pdTRUE) {
        if (event.type == I2S_EVENT_RX_Q_OVF) {
            lost += BUFFER_SAMPLES;
        }
    }
}

uint32_t mcu_sensor_read(int16_t *numbers, uint32_t capacity) {
    int32_t slots[64];
    uint32_t count = 0;
    count_lost();
    while (is_on && count < capacity) {
        const uint32_t wanted = capacity - count < 64u ? capacity - count : 64u;
        size_t bytes = 0;
        if (i2s_read(PORT, slots, wanted * sizeof slots[0], &bytes, 0) != ESP_OK || bytes == 0u) {
            break;
        }
        for (uint32_t i = 0; i < bytes / sizeof slots[0]; i++) {
            const int32_t value = slots[i] >> SLOT_SHIFT;
            numbers[count++] = static_cast<int16_t>(value > 32767 ? 32767 : value < -32768 ? -32768 : value);
        }
    }
    return count;
}

uint32_t mcu_sensor_lost(void) {
    return lost;
}

bool mcu_sensor_ended(void) {
    return false;
}

void mcu_sensor_stop(void) {
    if (is_on) {
        (void)i2s_driver_uninstall(PORT);
        is_on = false;
    }
}
