/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* platform.h on top of an Arduino core: whatever `Serial` is on the board is the port of the protocol. */
#include "platform.h"

#include <Arduino.h>

#include "fault.h"
#include "firmware_config.h"
#include "stack.h"
#include "ticks.h"

/* A program that opened a USB port and does not read: what does not go within this time is lost. */
#define WRITE_PATIENCE_MS 1000u

/* As firmware_config.h counts: cycles, or microseconds. */
#if PLATFORM_TICK_UNIT == 3
#define TICKS_PER_MS 1000u
#else
#define TICKS_PER_MS (PLATFORM_CLOCK_HZ / 1000u)
#endif

/* A code of the BOOT event. */
#define BOOT_FAULT 3u

static bool ticks_work;
static bool after_fault;

/* By turns, not by time: a core's own delay may wait for the very counter that is in doubt. */
static bool try_ticks(void) {
    const uint32_t before = ticks_counter();
    for (volatile int i = 0; i < 10000; i++) {
    }
    return ticks_counter() != before;
}

/* The fault that ended the former run, as soon as somebody may hear it. */
static void tell_fault(void) {
    const uint8_t *frame;
    const size_t size = fault_pending(&frame);
    if (size > 0 && Serial) {
        platform_write(frame, size);
        fault_sent();
    }
}

void platform_init(void) {
    after_fault = fault_start();
    stack_init();
#if defined(ARDUINO_ARCH_ESP32)
    /* Room for all requests that may be on their way while an inference runs. */
    Serial.setRxBufferSize((LINK_MAX_PAYLOAD_BYTES + 16u) * (LINK_WINDOW_FRAMES + 1u));
#endif
#if TRIGGER_PIN >= 0
    pinMode(TRIGGER_PIN, OUTPUT);
    platform_trigger(false);
#endif
    Serial.begin(UART_BAUD);
    tell_fault();
    ticks_init();
    ticks_work = try_ticks();
}

size_t platform_read(uint8_t *buffer, size_t capacity) {
    size_t count = 0;
    tell_fault();
    while (count < capacity && Serial.available() > 0) {
        buffer[count++] = static_cast<uint8_t>(Serial.read());
    }
    return count;
}

void platform_write(const uint8_t *bytes, size_t size) {
    const unsigned long start_ms = millis();
    if (!Serial) {
        return; /* a USB port that nobody has opened: an application must not wait for somebody to listen */
    }
    while (size > 0 && millis() - start_ms < WRITE_PATIENCE_MS) {
        const size_t count = Serial.write(bytes, size);
        bytes += count;
        size -= count;
        if (count == 0) {
            yield();
        }
    }
    Serial.flush();
}

/* Cores with an operating system run it here; the others return at once. */
void platform_wait(void) {
    fault_all_is_well();
    yield();
}

/* The counter wraps within seconds (32 bits at 600 MHz: 7 s); the core's milliseconds tell how often it did since the last
 * call.  They only have to be right to half a turn of it. */
uint64_t platform_ticks(void) {
    static uint64_t ticks;
    static uint32_t last, last_ms;
    const uint32_t now = ticks_counter();
    const uint32_t now_ms = static_cast<uint32_t>(millis());
    const uint64_t roughly = static_cast<uint64_t>(now_ms - last_ms) * TICKS_PER_MS;
    const uint32_t beyond = now - last - static_cast<uint32_t>(roughly);
    ticks += roughly + static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(beyond)));
    last = now;
    last_ms = now_ms;
    return ticks;
}

#if TRIGGER_PIN >= 0
void platform_trigger(bool high) {
    digitalWrite(TRIGGER_PIN, high ? HIGH : LOW);
}
#endif

bool platform_ticks_work(void) {
    return ticks_work;
}

uint32_t platform_stack_bytes(void) {
    return stack_bytes();
}

uint32_t platform_stack_used_bytes(void) {
    return stack_used_bytes();
}

/* Nothing that counts survives a reset on every board. */
uint32_t platform_boot_count(void) {
    return 0;
}

uint8_t platform_boot_reason(void) {
    return after_fault ? BOOT_FAULT : 0;
}

void platform_reset(void) {
    Serial.flush();
    delay(20); /* a USB port sends in the background */
#if defined(ARDUINO_ARCH_ESP32)
    ESP.restart();
#else
    /* Application interrupt and reset control register, SYSRESETREQ (Armv6-M, Armv7-M and Armv8-M ARM). */
    *reinterpret_cast<volatile uint32_t *>(0xE000ED0Cu) = 0x05FA0004u;
#endif
    for (;;) {
    }
}
