/* platform.h for Cortex-M without an operating system, on top of two drivers: uart.h and ticks.h. */
#include "platform.h"

#include "boot_record.h"
#include "cortex_m.h"
#include "firmware_config.h"
#include "stack_paint.h"
#include "ticks.h"
#include "uart.h"

#define BOOT_RECORD_MAGIC 0x6D637562u

extern uint32_t stack_bottom[], stack_top[]; /* linker.ld */

boot_record_t boot_record __attribute__((section(".noinit")));

static uint8_t boot_reason;
static bool ticks_work;

static void read_boot_record(void) {
    if (boot_record.magic != BOOT_RECORD_MAGIC || boot_record.magic_inverted != ~BOOT_RECORD_MAGIC) {
        boot_record = (boot_record_t){.magic = BOOT_RECORD_MAGIC, .magic_inverted = ~BOOT_RECORD_MAGIC};
    }
    boot_record.boot_count++;
    boot_reason = (uint8_t)boot_record.next_reason;
    boot_record.next_reason = BOOT_UNKNOWN;
}

static bool try_ticks(void) {
    const uint64_t before = ticks_now();
    for (volatile int i = 0; i < 100; i++) {
    }
    return ticks_now() != before;
}

void platform_init(void) {
    read_boot_record();
    uart_init();
    ticks_init();
    ticks_work = try_ticks();
#if UART_IRQ >= 0
    NVIC_ISER(UART_IRQ) = NVIC_BIT(UART_IRQ);
#endif
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
    /* PRIMASK is set since reset, so the interrupt wakes the core but no handler runs.  Clear first, look second: a
     * byte that comes in between raises the line anew and WFI returns at once. */
    NVIC_ICPR(UART_IRQ) = NVIC_BIT(UART_IRQ);
    data_barrier();
    if (!uart_readable()) {
        wait_for_interrupt();
    }
#endif
}

uint64_t platform_ticks(void) {
    return ticks_now();
}

bool platform_ticks_work(void) {
    return ticks_work;
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
    data_barrier();
    SCB_AIRCR = SCB_AIRCR_SYSRESETREQ;
    data_barrier();
    for (;;) {
    }
}
