/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The few registers beside the core that the firmware needs.  The core's own are in the RISC-V Instruction Set Manual,
 * volume II (privileged); these are at the addresses QEMU gives them on its `virt` machine (hw/riscv/virt.c). */
#ifndef MCU_RISCV_H
#define MCU_RISCV_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))

/* Platform-level interrupt controller (RISC-V PLIC specification 1.0, chapter 3); context 0 is this core in M mode. */
#define PLIC_BASE 0x0C000000u
#define PLIC_PRIORITY(irq) REGISTER(PLIC_BASE + 4u * (uint32_t)(irq))
#define PLIC_ENABLE(irq) REGISTER(PLIC_BASE + 0x2000u + 4u * ((uint32_t)(irq) / 32u))
#define PLIC_BIT(irq) (1u << ((uint32_t)(irq) % 32u))
#define PLIC_THRESHOLD REGISTER(PLIC_BASE + 0x200000u)
#define PLIC_CLAIM REGISTER(PLIC_BASE + 0x200004u)

/* "SiFive test": ends or restarts the emulated machine. */
#define TEST_FINISHER REGISTER(0x00100000u)
#define TEST_FINISHER_RESTART 0x7777u

#define MIE_EXTERNAL (1u << 11) /* mie.MEIE */

#define CSR_WRITE(name, value) __asm volatile("csrw " name ", %0" ::"r"(value) : "memory")
#define CSR_READ(name, variable) __asm volatile("csrr %0, " name : "=r"(variable))

#endif
