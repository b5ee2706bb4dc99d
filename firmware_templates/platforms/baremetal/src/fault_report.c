/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "fault_report.h"

#include "boot_record.h"
#include "cpu.h"
#include "platform.h"
#include "uart.h"

/* After so many faults without getting as far as waiting for input, another restart would not help. */
#define FAULTS_IN_A_ROW_MAX 3u

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

/* In memory of its own: the handler's stack is small. */
static void write_frame(const platform_fault *fault) {
    static uint8_t frame[PLATFORM_FAULT_FRAME_BYTES];
    const size_t size_bytes = firmware_fault_frame(fault, frame);
    for (size_t i = 0; i < size_bytes; i++) {
        uart_write_byte(frame[i]);
    }
}

__attribute__((noreturn)) void fault_report(const platform_fault *fault, uint32_t secure_status) {
    boot_record.fault_kind = fault->kind;
    boot_record.fault_pc = fault->pc;
    boot_record.fault_lr = fault->lr;
    boot_record.fault_status = fault->status;
    boot_record.next_reason = BOOT_FAULT;
    boot_record.faults_in_a_row++;

    uart_write_byte(0u); /* ends a frame that was being sent: the text is then outside of any frame */
    write_hex("\nFAULT exception ", fault->kind);
    write_hex(" pc ", fault->pc);
    write_hex(" lr ", fault->lr);
    write_hex(" status ", fault->status);
    if (secure_status != 0u) {
        write_hex(" secure ", secure_status);
    }
    write_text(fault->stack_overflow ? " stack overflow\n" : "\n");
    uart_write_byte(0u);
    if (firmware_fault_frame != 0) {
        write_frame(fault);
    }
    uart_flush();
    if (boot_record.faults_in_a_row < FAULTS_IN_A_ROW_MAX) {
        cpu_reset();
    }
    write_text("halted: faulted again after every restart\n");
    cpu_halt();
}
