/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* platform.h without an operating system, on top of the core (cpu.h) and two drivers (uart.h and ticks.h). */
#include "platform.h"

#include "boot_record.h"
#include "chip.h"
#include "cpu.h"
#include "firmware_config.h"
#include "stack_paint.h"
#include "ticks.h"
#include "uart.h"

#define BOOT_RECORD_MAGIC 0x6D637562u

extern uint32_t stack_bottom[], stack_top[]; /* linker.ld */

boot_record_t boot_record __attribute__((section(".noinit")));

static uint8_t boot_reason;

static void read_boot_record(void) {
    if (boot_record.magic != BOOT_RECORD_MAGIC || boot_record.magic_inverted != ~BOOT_RECORD_MAGIC) {
        boot_record = (boot_record_t){.magic = BOOT_RECORD_MAGIC, .magic_inverted = ~BOOT_RECORD_MAGIC};
    }
    boot_record.boot_count++;
    boot_reason = (uint8_t)boot_record.next_reason;
    boot_record.next_reason = BOOT_UNKNOWN;
}

void platform_init(void) {
    cpu_init();
    read_boot_record();
#if HAS_CHIP_SETUP
    chip_init();
#endif
    uart_init();
    ticks_init();
}

size_t platform_read(uint8_t *buffer, size_t capacity) {
    size_t count = 0;
    while (count < capacity && uart_readable()) {
        buffer[count++] = uart_read_byte();
    }
    return count;
}

void platform_write(const uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
        uart_write_byte(bytes[i]);
    }
}

void platform_wait(void) {
    boot_record.faults_in_a_row = 0u;
#if UART_IRQ >= 0
    cpu_wait_for_uart();
#endif
}

/* Counts become ticks by the whole time between two calls, rounded: an emulated counter that runs a few times faster
 * than the instructions gives their number exactly.  This function's own work is left out: it looks at the counter
 * first, and again before it returns. */
uint64_t platform_ticks(void) {
    static uint64_t ticks;
    static ticks_reading last;
    const ticks_reading now = ticks_read();
    const uint64_t counts = now.counts - last.counts;
    ticks += (counts * TICKS_PER_COUNT_NUMERATOR + TICKS_PER_COUNT_DENOMINATOR / 2u) / TICKS_PER_COUNT_DENOMINATOR;
    ticks -= now.own_ticks - last.own_ticks;
    last = ticks_read();
    return ticks;
}

/* Whether the counter counts at all. */
bool platform_ticks_work(void) {
    const uint64_t before = ticks_read().counts;
    for (int i = 0; i < 100; i++) {
        if (ticks_read().counts != before) {
            return true;
        }
    }
    return false;
}

uint32_t platform_stack_bytes(void) {
    return (uint32_t)(stack_top - stack_bottom) * sizeof(uint32_t);
}

uint32_t platform_stack_used_bytes(void) {
    const uint32_t *word = stack_bottom;
    while (word < stack_top && *word == STACK_PAINT) {
        word++;
    }
    return (uint32_t)(stack_top - word) * sizeof(uint32_t);
}

uint32_t platform_boot_count(void) {
    return boot_record.boot_count;
}

uint8_t platform_boot_reason(void) {
    return boot_reason;
}

void platform_reset(void) {
    uart_flush();
    boot_record.next_reason = BOOT_REQUESTED;
    cpu_reset();
}
