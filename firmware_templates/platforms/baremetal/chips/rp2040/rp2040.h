/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Registers of the RP2040 that are not the core's: addresses and bits as in the RP2040 datasheet, chapters 2 and 4. */
#ifndef MCU_RP2040_H
#define MCU_RP2040_H

#include <stdint.h>

#define RP2040_REGISTER(address) (*(volatile uint32_t *)(address))

/* Each register of a peripheral has aliases that set or clear single bits (2.1.2). */
#define RP2040_SET 0x2000u
#define RP2040_CLEAR 0x3000u

#define CLOCKS_BASE 0x40008000u
#define RESETS_BASE 0x4000C000u
#define PSM_BASE 0x40010000u
#define IO_BANK0_BASE 0x40014000u
#define PADS_BANK0_BASE 0x4001C000u
#define PADS_QSPI_BASE 0x40020000u
#define XOSC_BASE 0x40024000u
#define PLL_SYS_BASE 0x40028000u
#define WATCHDOG_BASE 0x40058000u
#define XIP_SSI_BASE 0x18000000u

#endif
