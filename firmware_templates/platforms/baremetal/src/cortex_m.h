/* The few registers of Arm Cortex-M cores the firmware needs.  Addresses are the same on every Cortex-M:
 * Armv7-M Architecture Reference Manual (DDI 0403E), B3.2 "System Control Space"; Armv6-M (DDI 0419E), B3.2. */
#ifndef MCU_CORTEX_M_H
#define MCU_CORTEX_M_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define SCB_AIRCR REGISTER(0xE000ED0Cu)
#define SCB_AIRCR_SYSRESETREQ 0x05FA0004u /* key 0x05FA in the upper half, bit 2: ask for a system reset */

/* Why a fault happened; these read as zero on Armv6-M, which does not have them. */
#define SCB_CFSR REGISTER(0xE000ED28u)

/* Interrupt-set-enable and interrupt-clear-pending registers: 32 interrupts each. */
#define NVIC_ISER(irq) REGISTER(0xE000E100u + 4u * ((uint32_t)(irq) / 32u))
#define NVIC_ICPR(irq) REGISTER(0xE000E280u + 4u * ((uint32_t)(irq) / 32u))
#define NVIC_BIT(irq) (1u << ((uint32_t)(irq) % 32u))

static inline void wait_for_interrupt(void) {
    __asm volatile("dsb\n\twfi" ::: "memory");
}

static inline void data_barrier(void) {
    __asm volatile("dsb" ::: "memory");
}

#endif
