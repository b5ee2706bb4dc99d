/* The few registers of Arm Cortex-M cores the firmware needs.  Addresses are the same on every Cortex-M:
 * Armv7-M Architecture Reference Manual (DDI 0403E), B3.2 "System Control Space"; Armv6-M (DDI 0419E), B3.2. */
#ifndef MCU_CORTEX_M_H
#define MCU_CORTEX_M_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define SCB_AIRCR REGISTER(0xE000ED0Cu)
#define SCB_AIRCR_SYSRESETREQ 0x05FA0004u /* key 0x05FA in the upper half, bit 2: ask for a system reset */

/* Why a fault happened.  Armv6-M and the Armv8-M Baseline do not have it. */
#define HAS_FAULT_STATUS (__ARM_ARCH_ISA_THUMB > 1)
#define SCB_CFSR REGISTER(0xE000ED28u)

/* The same for faults of the Security Extension (Armv8-M ARM, DDI 0553, D1.2 "SFSR"), which a firmware in Secure state
 * sees. */
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

static inline void data_barrier(void) {
    __asm volatile("dsb" ::: "memory");
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
