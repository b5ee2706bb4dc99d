/* A fault is said on the serial port as text, remembered in the boot record, and answered with a reset. */
#include <stdbool.h>
#include <stdint.h>

#include "boot_record.h"
#include "cortex_m.h"
#include "firmware_config.h"
#include "uart.h"

/* After so many faults without getting as far as waiting for input, another reset would not help. */
#define FAULTS_IN_A_ROW_MAX 3u

#define FAULT_STACK_WORDS 64u

void fault_entry(void);
void fault_report(const uint32_t *frame);

/* The handler's own stack: after a stack overflow the usual one is what faults.  Above .bss, so never painted over. */
__attribute__((used)) uint32_t fault_stack[FAULT_STACK_WORDS] __attribute__((aligned(8)));

/* Passes the stack pointer the exception found, where the core stored pc and lr, and switches to fault_stack. */
__attribute__((naked)) void fault_entry(void) {
    __asm volatile(".syntax unified\n\t"
                   "mov r0, sp\n\t"
                   "ldr r1, =fault_stack + 256\n\t" /* FAULT_STACK_WORDS * 4 */
                   "mov sp, r1\n\t"
                   "ldr r2, =fault_report\n\t"
                   "bx r2\n\t"
                   ".ltorg");
}

static void write_text(const char *text) {
    while (*text != '\0') {
        uart_write_byte((uint8_t)*text++);
    }
}

static void write_hex(const char *name, uint32_t value) {
    static const char digits[] = "0123456789abcdef";
    write_text(name);
    for (int shift = 28; shift >= 0; shift -= 4) {
        uart_write_byte((uint8_t)digits[(value >> shift) & 0xFu]);
    }
}

static uint32_t exception_number(void) {
    uint32_t number;
    __asm volatile("mrs %0, ipsr" : "=r"(number));
    return number;
}

/* `frame`: r0-r3, r12, lr, pc, psr as the core pushed them (Armv7-M ARM, B1.5.6); unreadable after an overflow. */
__attribute__((noreturn)) void fault_report(const uint32_t *frame) {
    const uint32_t address = (uint32_t)frame;
    const bool readable = address >= RAM_ORIGIN && address <= RAM_ORIGIN + RAM_BYTES - 32u;
    boot_record.fault_kind = exception_number();
    boot_record.fault_pc = readable ? frame[6] : 0u;
    boot_record.fault_lr = readable ? frame[5] : 0u;
    boot_record.fault_status = SCB_CFSR;
    boot_record.next_reason = BOOT_FAULT;
    boot_record.faults_in_a_row++;

    uart_write_byte(0u); /* ends a frame that was being sent: the text is then outside of any frame */
    write_hex("\nFAULT exception ", boot_record.fault_kind);
    write_hex(" pc ", boot_record.fault_pc);
    write_hex(" lr ", boot_record.fault_lr);
    write_hex(" status ", boot_record.fault_status);
    write_text(readable ? "\n" : " stack overflow\n");
    uart_write_byte(0u);
    uart_flush();
    if (boot_record.faults_in_a_row < FAULTS_IN_A_ROW_MAX) {
        SCB_AIRCR = SCB_AIRCR_SYSRESETREQ;
        data_barrier();
    } else {
        write_text("halted: faulted again after every restart\n");
    }
    for (;;) {
        wait_for_interrupt();
    }
}
