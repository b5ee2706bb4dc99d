/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* chip.h for the RP2040 of a Raspberry Pi Pico: a crystal of 12 MHz, 125 MHz for the core and the UART, UART0 on GP0
 * (transmits) and GP1 (receives).  Sections are those of the RP2040 datasheet. */
#include "chip.h"

#include "firmware_config.h"
#include "rp2040.h"

#define CRYSTAL_HZ 12000000u

/* 2.14: a peripheral is usable when its bit has gone from RESET and come in RESET_DONE. */
#define RESETS_RESET (RESETS_BASE + 0x0u)
#define RESETS_DONE RP2040_REGISTER(RESETS_BASE + 0x8u)
#define RESET_IO_BANK0 (1u << 5)
#define RESET_PADS_BANK0 (1u << 8)
#define RESET_PLL_SYS (1u << 12)
#define RESET_UART0 (1u << 22)

/* 2.16: the crystal oscillator.  It may be used after STARTUP * 256 of its cycles, here 1 ms. */
#define XOSC_CONTROL RP2040_REGISTER(XOSC_BASE + 0x0u)
#define XOSC_STATUS RP2040_REGISTER(XOSC_BASE + 0x4u)
#define XOSC_STARTUP RP2040_REGISTER(XOSC_BASE + 0xCu)
#define XOSC_RANGE_1_15_MHZ 0xAA0u
#define XOSC_ENABLE (0xFABu << 12)
#define XOSC_STABLE (1u << 31)

/* 2.18: 12 MHz * 125 = 1500 MHz, by 6 and by 2. */
#define PLL_CONTROL RP2040_REGISTER(PLL_SYS_BASE + 0x0u)
#define PLL_POWER_OFF (PLL_SYS_BASE + 0x4u)
#define PLL_FEEDBACK RP2040_REGISTER(PLL_SYS_BASE + 0x8u)
#define PLL_DIVIDERS RP2040_REGISTER(PLL_SYS_BASE + 0xCu)
#define PLL_LOCKED (1u << 31)
#define PLL_POWER_MAIN (1u << 0)
#define PLL_POWER_DIVIDERS (1u << 3)
#define PLL_POWER_OSCILLATOR (1u << 5)
#define PLL_MULTIPLIER 125u
#define PLL_DIVIDER_1 6u
#define PLL_DIVIDER_2 2u

#if PLATFORM_CLOCK_HZ != CRYSTAL_HZ * PLL_MULTIPLIER / (PLL_DIVIDER_1 * PLL_DIVIDER_2)
#error "the clock in the board's file is not the one that chip_init() sets"
#endif

/* 2.15: a multiplexer without glitches shows in SELECTED, one bit a source, when it has changed over. */
#define CLOCK_REF_CONTROL RP2040_REGISTER(CLOCKS_BASE + 0x30u)
#define CLOCK_REF_SELECTED RP2040_REGISTER(CLOCKS_BASE + 0x38u)
#define CLOCK_SYS_CONTROL RP2040_REGISTER(CLOCKS_BASE + 0x3Cu)
#define CLOCK_SYS_SELECTED RP2040_REGISTER(CLOCKS_BASE + 0x44u)
#define CLOCK_PERIPHERALS_CONTROL RP2040_REGISTER(CLOCKS_BASE + 0x48u)
#define CLOCK_RESUSCITATION RP2040_REGISTER(CLOCKS_BASE + 0x78u)
#define REF_FROM_CRYSTAL 2u
#define SYS_FROM_REF 0u
#define SYS_FROM_PLL 1u                 /* by the auxiliary multiplexer, whose source 0 is the PLL */
#define PERIPHERALS_FROM_SYS (1u << 11) /* enabled, source 0 */

/* 2.19: function 2 of GP0 and GP1 is UART0.  Pulled up, a receiving pin that nothing is connected to is an idle line.
 */
#define PIN_CONTROL(pin) RP2040_REGISTER(IO_BANK0_BASE + 8u * (pin) + 4u)
#define PIN_FUNCTION_UART 2u
#define PIN_PAD(pin) RP2040_REGISTER(PADS_BANK0_BASE + 4u * (pin) + 4u)
#define PAD_INPUT_PULLED_UP 0x5Au /* input enabled, Schmitt trigger, pull-up, 4 mA */

/* 2.13 and 4.7: which parts a watchdog's reset reaches, and its trigger.  The boot ROM takes some values of SCRATCH4
 * for a wish to start elsewhere than in flash (2.8.1.1). */
#define PSM_WATCHDOG_RESETS RP2040_REGISTER(PSM_BASE + 0x8u)
#define PSM_ALL_BUT_OSCILLATORS 0x0001FFFCu
#define WATCHDOG_CONTROL_SET RP2040_REGISTER(WATCHDOG_BASE + 0x0u + RP2040_SET)
#define WATCHDOG_SCRATCH4 RP2040_REGISTER(WATCHDOG_BASE + 0x1Cu)
#define WATCHDOG_TRIGGER (1u << 31)

static void wait_for(const volatile uint32_t *status, uint32_t bits) {
    while ((*status & bits) != bits) {
    }
}

static void restart_peripherals(uint32_t bits) {
    RP2040_REGISTER(RESETS_RESET + RP2040_SET) = bits;
    RP2040_REGISTER(RESETS_RESET + RP2040_CLEAR) = bits;
    wait_for(&RESETS_DONE, bits);
}

static void start_crystal(void) {
    XOSC_CONTROL = XOSC_RANGE_1_15_MHZ;
    XOSC_STARTUP = (CRYSTAL_HZ / 1000u + 128u) / 256u;
    XOSC_CONTROL = XOSC_RANGE_1_15_MHZ | XOSC_ENABLE;
    wait_for(&XOSC_STATUS, XOSC_STABLE);
}

static void start_pll(void) {
    restart_peripherals(RESET_PLL_SYS);
    PLL_CONTROL = 1u; /* the crystal's clock, divided by 1 */
    PLL_FEEDBACK = PLL_MULTIPLIER;
    RP2040_REGISTER(PLL_POWER_OFF + RP2040_CLEAR) = PLL_POWER_MAIN | PLL_POWER_OSCILLATOR;
    wait_for(&PLL_CONTROL, PLL_LOCKED);
    PLL_DIVIDERS = PLL_DIVIDER_1 << 16 | PLL_DIVIDER_2 << 12;
    RP2040_REGISTER(PLL_POWER_OFF + RP2040_CLEAR) = PLL_POWER_DIVIDERS;
}

void chip_init(void) {
    CLOCK_RESUSCITATION = 0u;
    start_crystal();
    CLOCK_SYS_CONTROL = SYS_FROM_REF; /* a debugger may have started us with the PLL running */
    wait_for(&CLOCK_SYS_SELECTED, 1u << SYS_FROM_REF);
    start_pll();
    CLOCK_REF_CONTROL = REF_FROM_CRYSTAL;
    wait_for(&CLOCK_REF_SELECTED, 1u << REF_FROM_CRYSTAL);
    CLOCK_SYS_CONTROL = SYS_FROM_PLL;
    wait_for(&CLOCK_SYS_SELECTED, 1u << SYS_FROM_PLL);
    CLOCK_PERIPHERALS_CONTROL = PERIPHERALS_FROM_SYS;

    restart_peripherals(RESET_IO_BANK0 | RESET_PADS_BANK0 | RESET_UART0);
    PIN_PAD(1u) = PAD_INPUT_PULLED_UP;
    PIN_CONTROL(0u) = PIN_FUNCTION_UART;
    PIN_CONTROL(1u) = PIN_FUNCTION_UART;
}

__attribute__((noreturn)) void chip_reset(void) {
    PSM_WATCHDOG_RESETS = PSM_ALL_BUT_OSCILLATORS;
    WATCHDOG_SCRATCH4 = 0u;
    WATCHDOG_CONTROL_SET = WATCHDOG_TRIGGER;
    for (;;) {
    }
}
