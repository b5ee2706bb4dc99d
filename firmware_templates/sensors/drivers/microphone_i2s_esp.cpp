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
#define SAMPLES_PER_S 16000u
#define PORT I2S_NUM_0
#define BUFFERS 8
#define BUFFER_SAMPLES 256
#define US_PER_S 1000000u

static const mcu_sensor_info info = {MCU_SENSOR_MICROPHONE, 1, SAMPLES_PER_S * 1000u, 1.0f / 32768.0f};
static bool is_on;
static uint32_t began_us; /* a moment when the driver had nothing */
static uint32_t gone;     /* samples delivered or lost since then */
static uint32_t lost;

static void begin(void) {
    began_us = static_cast<uint32_t>(micros());
    gone = 0;
}

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
    is_on = i2s_driver_install(PORT, &config, 0, NULL) == ESP_OK;
    begin();
    return is_on && i2s_set_pin(PORT, &pins) == ESP_OK;
}

const mcu_sensor_info *mcu_sensor_describe(void) {
    return &info;
}

/* The driver throws its oldest buffer away where it has none for new sound, and does not always say so: the clock does.
 * It can hold BUFFERS - 1 full ones, and of another one what was not yet read; what else was recorded is lost, in whole
 * buffers.  Buffers that fill are not seen: of each hole up to two buffers may go uncounted, and none is counted that was
 * not lost. */
static void count_lost(void) {
    const uint32_t elapsed_us = static_cast<uint32_t>(micros()) - began_us;
    const uint32_t seconds = elapsed_us / US_PER_S < gone / SAMPLES_PER_S ? elapsed_us / US_PER_S : gone / SAMPLES_PER_S;
    began_us += seconds * US_PER_S; /* before the clock wraps around */
    gone -= seconds * SAMPLES_PER_S;
    const uint64_t rest_us = elapsed_us - seconds * US_PER_S;
    const uint32_t recorded = static_cast<uint32_t>(rest_us * SAMPLES_PER_S / US_PER_S);
    if (recorded > gone + BUFFERS * BUFFER_SAMPLES) {
        const uint32_t beyond = recorded - gone - BUFFERS * BUFFER_SAMPLES;
        const uint32_t whole = beyond / BUFFER_SAMPLES * BUFFER_SAMPLES;
        lost += whole;
        gone += whole;
    }
}

uint32_t mcu_sensor_read(int16_t *numbers, uint32_t capacity) {
    int32_t slots[64];
    uint32_t count = 0;
    count_lost();
    while (is_on && count < capacity) {
        const uint32_t wanted = capacity - count < 64u ? capacity - count : 64u;
        size_t bytes = 0;
        (void)i2s_read(PORT, slots, wanted * sizeof slots[0], &bytes, 0); /* also brings some where it says "timeout" */
        if (bytes == 0u) {
            begin(); /* nothing is left: the two clocks agree from here on */
            break;
        }
        gone += static_cast<uint32_t>(bytes / sizeof slots[0]);
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
