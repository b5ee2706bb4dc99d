/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Emulated memories forgive: stores to flash vanish or change code, and below RAM there may be nothing that complains.
 * With the MPU both fault: code and constants are read-only, and the megabyte below RAM, where an overflowing stack
 * goes, is closed.  Everything else stays as the core's default memory map has it. */
#include "cortex_m.h"
#include "firmware_config.h"

#define MPU_TYPE REGISTER(0xE000ED90u)
#define MPU_TYPE_REGIONS 0xFF00u
#define MPU_CONTROL REGISTER(0xE000ED94u)
#define MPU_CONTROL_ENABLE 0x5u /* ENABLE | PRIVDEFENA: where no region is, the default map holds */
#define MPU_NUMBER REGISTER(0xE000ED98u)
#define MPU_BASE REGISTER(0xE000ED9Cu)
#define MPU_LIMIT REGISTER(0xE000EDA0u) /* RASR in Armv7-M, RLAR in Armv8-M */
#define REGION_ENABLE 1u

#define GUARD_BYTES 0x100000u
#define GUARD_ORIGIN (RAM_ORIGIN - GUARD_BYTES)

#if __ARM_ARCH_ISA_THUMB == 1 /* the emulated Cortex-M0 has no MPU */

void memory_protection_enable(void) {}

#elif __ARM_ARCH < 8
/* Armv7-M ARM, B3.5: a region is a power of two at a multiple of itself. */
#define NO_ACCESS (1u << 28)                /* XN, AP = 000 */
#define READ_ONLY ((6u << 24) | (2u << 16)) /* AP = 110, normal memory */

static void set_region(uint32_t number, uint32_t origin, uint32_t size_bytes, uint32_t attributes) {
    if ((size_bytes & (size_bytes - 1u)) != 0u || (origin & (size_bytes - 1u)) != 0u) {
        return; /* a memory this MPU cannot describe stays as it is */
    }
    const uint32_t log2_size = 31u - (uint32_t)__builtin_clz(size_bytes);
    MPU_NUMBER = number;
    MPU_BASE = origin;
    MPU_LIMIT = attributes | ((log2_size - 1u) << 1) | REGION_ENABLE;
}

void memory_protection_enable(void) {
    if ((MPU_TYPE & MPU_TYPE_REGIONS) == 0u) {
        return;
    }
    set_region(0u, FLASH_ORIGIN, FLASH_BYTES, READ_ONLY);
    set_region(1u, GUARD_ORIGIN, GUARD_BYTES, NO_ACCESS);
    MPU_CONTROL = MPU_CONTROL_ENABLE;
    __asm volatile("dsb\n\tisb" ::: "memory");
}

#else
/* Armv8-M ARM (DDI 0553), D1.2 "MPU_RBAR", "MPU_RLAR": from a multiple of 32 to a multiple of 32.  There is no way to
 * close memory to privileged code; the emulated boards of this kind have nothing below RAM, which faults by itself. */
#define MPU_ATTRIBUTES REGISTER(0xE000EDC0u)
#define NORMAL_UNCACHED 0x44u
#define READ_ONLY (2u << 1) /* AP = 10 */

void memory_protection_enable(void) {
    if ((MPU_TYPE & MPU_TYPE_REGIONS) == 0u) {
        return;
    }
    MPU_ATTRIBUTES = NORMAL_UNCACHED;
    MPU_NUMBER = 0u;
    MPU_BASE = FLASH_ORIGIN | READ_ONLY;
    MPU_LIMIT = ((FLASH_ORIGIN + FLASH_BYTES - 1u) & ~31u) | REGION_ENABLE;
    MPU_CONTROL = MPU_CONTROL_ENABLE;
    __asm volatile("dsb\n\tisb" ::: "memory");
}

#endif
