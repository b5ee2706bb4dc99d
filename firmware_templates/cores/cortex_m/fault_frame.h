/* What a Cortex-M reports of a fault, for every port on such a core: registers, and the frame it pushed on the stack.
 * Addresses are the same on every Cortex-M: Armv7-M ARM (DDI 0403E), B3.2 "System Control Space"; Armv6-M (DDI 0419E),
 * B3.2.  Arduino cores' headers have names of their own for them: not to be included beside those. */
#ifndef MCU_FAULT_FRAME_H
#define MCU_FAULT_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "platform.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define SCB_AIRCR REGISTER(0xE000ED0Cu)
#define SCB_AIRCR_SYSRESETREQ 0x05FA0004u /* key 0x05FA in the upper half, bit 2: ask for a system reset */

/* Why a fault happened.  Armv6-M and the Armv8-M Baseline do not have it. */
#define HAS_FAULT_STATUS (__ARM_ARCH_ISA_THUMB > 1)
#define SCB_CFSR REGISTER(0xE000ED28u)

/* r0-r3, r12, lr, pc, psr as the core pushed them (Armv7-M ARM, B1.5.6). */
#define FAULT_FRAME_BYTES 32u
#define FAULT_FRAME_LR 5u
#define FAULT_FRAME_PC 6u

static inline void data_barrier(void) {
    __asm volatile("dsb" ::: "memory");
}

static inline uint32_t exception_number(void) {
    uint32_t number;
    __asm volatile("mrs %0, ipsr" : "=r"(number));
    return number;
}

/* `readable`: false where the core could not push the frame, because the stack was full. */
static inline platform_fault fault_of_frame(const uint32_t *frame, bool readable) {
    const platform_fault fault = {
        .kind = exception_number(),
        .pc = readable ? frame[FAULT_FRAME_PC] : 0u,
        .lr = readable ? frame[FAULT_FRAME_LR] : 0u,
        .status = HAS_FAULT_STATUS ? SCB_CFSR : 0u,
        .stack_overflow = !readable,
    };
    return fault;
}

__attribute__((noreturn)) static inline void request_reset(void) {
    data_barrier();
    SCB_AIRCR = SCB_AIRCR_SYSRESETREQ;
    data_barrier();
    for (;;) {
    }
}

#endif
