/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A sensor that plays a recording: mcu_sensor.h for emulated boards.
 *
 * The file begins with a header of 20 bytes, little-endian; the numbers, int16, follow (mcu_toolkit/device/sensor.py
 * writes it).  Samples become due as the board's counter passes, as those of a real sensor do, or, where the header
 * names no counter, as soon as they are asked for. */
#include "mcu_sensor.h"
#include "platform.h"
#include "sensor_file.h"

#define HEADER_BYTES 20u
#define VERSION 1u
#define RING_MS 125u /* what a driver with a buffer of 2,048 samples at 16 kHz keeps; older samples are lost */
#define SKIP_NUMBERS 32u

static mcu_sensor_info info;
static bool is_open;
static bool at_end;
static uint32_t ticks_per_s; /* 0: samples are due when they are asked for */
static uint64_t started_ticks;
static uint64_t taken; /* samples since the start, lost ones too */
static uint32_t lost;

static uint32_t get_u32(const uint8_t *bytes) {
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static float get_float(const uint8_t *bytes) {
    union {
        uint32_t bits;
        float value;
    } word = {.bits = get_u32(bytes)};
    return word.value;
}

bool mcu_sensor_start(void) {
    uint8_t header[HEADER_BYTES];
    mcu_sensor_stop();
    at_end = false;
    taken = 0;
    lost = 0;
    if (!sensor_file_open()) {
        return false;
    }
    is_open = true;
    if (sensor_file_read(header, sizeof header) != sizeof header || header[0] != 'M' || header[1] != 'C' ||
        header[2] != 'U' || header[3] != 'S' || header[4] != VERSION || header[6] == 0u ||
        header[6] > MCU_SENSOR_CHANNELS_MAX) {
        mcu_sensor_stop();
        return false;
    }
    info.kind = header[5];
    info.channels = header[6];
    info.rate_millihz = get_u32(header + 8);
    info.scale = get_float(header + 12);
    ticks_per_s = get_u32(header + 16);
    started_ticks = platform_ticks();
    return true;
}

const mcu_sensor_info *mcu_sensor_describe(void) {
    return &info;
}

/* Samples that the sensor has recorded since the start: whole seconds apart, so that no product leaves 64 bits. */
static uint64_t recorded(void) {
    const uint64_t passed = platform_ticks() - started_ticks;
    const uint64_t seconds = passed / ticks_per_s;
    const uint64_t rest = passed % ticks_per_s;
    return (seconds * info.rate_millihz + rest * info.rate_millihz / ticks_per_s) / 1000u;
}

/* Whole samples of the file into `numbers`; fewer than `count` at its end. */
static uint32_t play(int16_t *numbers, uint32_t count) {
    uint8_t *bytes = (uint8_t *)numbers;
    const uint32_t sample_bytes = 2u * info.channels;
    const uint32_t got = (uint32_t)sensor_file_read(bytes, (size_t)count * sample_bytes) / sample_bytes;
    at_end = got < count;
    for (uint32_t i = 0; i < got * info.channels; i++) { /* does nothing where the core is little-endian */
        numbers[i] = (int16_t)(uint16_t)(bytes[2u * i] | (uint32_t)bytes[2u * i + 1u] << 8);
    }
    return got;
}

/* What nobody took in time. */
static void lose(uint64_t count) {
    int16_t skipped[SKIP_NUMBERS];
    const uint32_t at_once = SKIP_NUMBERS / info.channels;
    while (count > 0u && !at_end) {
        const uint32_t got = play(skipped, count < at_once ? (uint32_t)count : at_once);
        lost += got;
        taken += got;
        count -= got;
    }
}

uint32_t mcu_sensor_read(int16_t *numbers, uint32_t capacity) {
    if (!is_open || at_end || capacity == 0u) {
        return 0;
    }
    uint64_t due = capacity;
    if (ticks_per_s != 0u) {
        const uint64_t room = (uint64_t)info.rate_millihz * RING_MS / 1000000u + 1u;
        due = recorded() - taken;
        if (due > room) {
            lose(due - room);
            due = room;
        }
    }
    const uint32_t got = play(numbers, due < capacity ? (uint32_t)due : capacity);
    taken += got;
    return got;
}

uint32_t mcu_sensor_lost(void) {
    return lost;
}

bool mcu_sensor_ended(void) {
    return at_end;
}

void mcu_sensor_stop(void) {
    if (is_open) {
        sensor_file_close();
        is_open = false;
    }
}
