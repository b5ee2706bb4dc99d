/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What every platform offers to the firmware: a port is these few functions and nothing else. */
#ifndef MCU_PLATFORM_H
#define MCU_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Clocks, serial port, counter.  Called once, first. */
void platform_init(void);

/* Copies up to `capacity` received bytes to `buffer` and returns how many; returns 0 at once when there are none. */
size_t platform_read(uint8_t *buffer, size_t capacity);

/* Sends `size` bytes; returns when the last one is on its way. */
void platform_write(const uint8_t *bytes, size_t size);

/* Sleeps until there may be something to read (or returns at once where the core cannot sleep). */
void platform_wait(void);

/* A free-running counter in PLATFORM_TICK_UNIT (firmware_config.h), extended to 64 bits; called at least once per
 * wrap of the hardware's counter while something is being timed. */
uint64_t platform_ticks(void);

/* False if the counter did not advance when it was tried at start-up: then times are not reported. */
bool platform_ticks_work(void);

/* The stack: how much was reserved, and how much of it was ever used (it is painted at start-up). */
uint32_t platform_stack_bytes(void);
uint32_t platform_stack_used_bytes(void);

/* How often this board has started since it got power, if known, else 0; and why it started last (BOOT event codes). */
uint32_t platform_boot_count(void);
uint8_t platform_boot_reason(void);

/* Restarts the firmware; does not return. */
void platform_reset(void);

/* Sets the pin TRIGGER_PIN (firmware_config.h); there is only one where that is not negative. */
void platform_trigger(bool high);

/* What a platform knows of a fault of the core: see the FAULT event in docs/protocol.md. */
typedef struct {
    uint32_t kind; /* the core's number of the exception */
    uint32_t pc;   /* where it happened, and where that was called from; 0 if not known */
    uint32_t lr;
    uint32_t status; /* the core's word for the reason: CFSR or mtval */
    bool stack_overflow;
} platform_fault;

#define PLATFORM_FAULT_FRAME_BYTES 192u

/* Not the platform's but the firmware's, for a platform to call when the core has faulted: the FAULT event, ready to be
 * sent, in `frame` of PLATFORM_FAULT_FRAME_BYTES; returns its size.  Weak: a platform also works without a firmware
 * that speaks the protocol. */
size_t firmware_fault_frame(const platform_fault *fault, uint8_t *frame) __attribute__((weak));

#ifdef __cplusplus
}
#endif

#endif
