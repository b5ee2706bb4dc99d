/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The few registers of Arm Cortex-M cores the firmware needs, beside those of fault_frame.h. */
#ifndef MCU_CORTEX_M_H
#define MCU_CORTEX_M_H

#include <stdint.h>

#include "fault_frame.h"

/* SCB_CFSR's like for faults of the Security Extension (Armv8-M ARM, DDI 0553, D1.2 "SFSR"), which a firmware in Secure
 * state sees. */
#if defined(__ARM_FEATURE_CMSE)
#define HAS_SECURE_FAULT_STATUS 1
#else
#define HAS_SECURE_FAULT_STATUS 0
#endif
#define SCB_SFSR REGISTER(0xE000EDE4u)

/* Interrupt-set-enable, -clear-enable and -clear-pending registers: 32 interrupts each. */
#define NVIC_ISER(irq) REGISTER(0xE000E100u + 4u * ((uint32_t)(irq) / 32u))
#define NVIC_ICER(irq) REGISTER(0xE000E180u + 4u * ((uint32_t)(irq) / 32u))
#define NVIC_ICPR(irq) REGISTER(0xE000E280u + 4u * ((uint32_t)(irq) / 32u))
#define NVIC_BIT(irq) (1u << ((uint32_t)(irq) % 32u))

static inline void wait_for_interrupt(void) {
    __asm volatile("dsb\n\twfi" ::: "memory");
}

/* memory_protection.c */
void memory_protection_enable(void);

/* Masks every interrupt by PRIMASK; returns what to give to interrupts_restore(). */
static inline uint32_t interrupts_mask(void) {
    uint32_t masked;
    __asm volatile("mrs %0, primask\n\tcpsid i" : "=r"(masked)::"memory");
    return masked;
}

static inline void interrupts_restore(uint32_t masked) {
    __asm volatile("msr primask, %0" ::"r"(masked) : "memory");
}

#endif
