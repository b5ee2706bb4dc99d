/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The second stage of the RP2040's boot, 252 bytes and their checksum (RP2040 datasheet, 2.8.1): the boot ROM copies it
 * from the start of the flash to the end of SRAM, checks the CRC-32 and calls it.  It sets the flash interface up so
 * that the flash can be read like memory (XIP, 2.6.3, 4.10), in quad mode without a command before each address, and
 * starts the firmware behind it.
 *
 * For Winbond's W25Q16JV, which a Pico has, and its predecessor W25Q80: command EBh, "fast read quad I/O", takes 24
 * bits of address, 8 of mode and 4 dummy clocks; mode bits A0h keep the flash from expecting a command before the next
 * address.  In SRAM the code has another address than the linker gave it, so it uses no variable of the firmware and
 * calls nothing that lies elsewhere.  linker.ld puts the entry first; the build writes the checksum. */
#include "rp2040.h"

#define IN_BOOT2 __attribute__((used, noinline, section(".boot2.code")))

/* 4.10.13: the synchronous serial interface. */
typedef struct {
    volatile uint32_t control_0;
    volatile uint32_t control_1;
    volatile uint32_t enable;
    volatile uint32_t reserved_1[2];
    volatile uint32_t clock_divider; /* offset 0x14 */
    volatile uint32_t reserved_2[4];
    volatile uint32_t status; /* offset 0x28 */
    volatile uint32_t reserved_3[13];
    volatile uint32_t data; /* offset 0x60 */
    volatile uint32_t reserved_4[35];
    volatile uint32_t sample_delay; /* offset 0xF0 */
    volatile uint32_t spi_control;
} ssi_registers;

#define SSI ((ssi_registers *)XIP_SSI_BASE)

#define STATUS_BUSY (1u << 0)
#define STATUS_SENT (1u << 2) /* the transmit queue is empty */

#define FRAME_BITS(bits) (((bits) - 1u) << 16)
#define SEND_THEN_RECEIVE (3u << 8) /* the interface's "EEPROM read" */
#define QUAD (2u << 21)

#define ADDRESS_BITS(bits) (((bits) / 4u) << 2)
#define COMMAND_8_BITS (2u << 8)
#define COMMAND_NONE (0u << 8)
#define DUMMY_CLOCKS(clocks) ((clocks) << 11)
#define ONLY_COMMAND_SERIAL 1u
#define ALL_QUAD 2u
#define MODE_BITS(bits) ((bits) << 24)

/* W25Q16JV datasheet, 8.1: commands, and the bits of its status registers. */
#define READ_STATUS_1 0x05u
#define READ_STATUS_2 0x35u
#define WRITE_STATUS 0x01u
#define WRITE_ENABLE 0x06u
#define READ_QUAD 0xEBu
#define STATUS_1_BUSY (1u << 0)
#define STATUS_2_QUAD_ENABLED (1u << 1)
#define CONTINUOUS 0xA0u

/* 62.5 MHz at a core of 125 MHz; the slowest grade of the part takes 104. */
#define CLOCK_DIVIDER 2u

/* 2.19.6.5: the pads of the flash's pins.  Those of data are as after a reset, but for the Schmitt trigger's delay. */
typedef struct {
    volatile uint32_t voltage;
    volatile uint32_t clock;
    volatile uint32_t data[4];
} pads_registers;

#define PADS ((pads_registers *)PADS_QSPI_BASE)
#define PAD_CLOCK_FAST_8_MA ((2u << 4) | (1u << 0))
#define PAD_DATA_INPUT_4_MA ((1u << 6) | (1u << 4))

void boot2_entry(void);
void boot2_set_up_flash(void);
uint32_t boot2_read_status(uint32_t command);
void boot2_wait(void);

/* The boot ROM comes here.  VTOR and the stack pointer are set as the core itself does after a reset. */
__attribute__((naked, used, section(".boot2.entry"))) void boot2_entry(void) {
    __asm volatile(".syntax unified\n\t"
                   "bl boot2_set_up_flash\n\t"
                   "ldr r0, =0x10000100\n\t" /* the firmware's vector table, behind these 256 bytes */
                   "ldr r1, =0xE000ED08\n\t" /* VTOR: Armv6-M ARM, B3.2.5 */
                   "str r0, [r1]\n\t"
                   "ldr r1, [r0]\n\t"
                   "mov sp, r1\n\t"
                   "ldr r0, [r0, #4]\n\t"
                   "bx r0\n\t"
                   ".ltorg");
}

IN_BOOT2 void boot2_wait(void) {
    while ((SSI->status & (STATUS_SENT | STATUS_BUSY)) != STATUS_SENT) {
    }
}

IN_BOOT2 uint32_t boot2_read_status(uint32_t command) {
    SSI->data = command;
    SSI->data = 0u;
    boot2_wait();
    (void)SSI->data; /* came in while the command went out */
    return SSI->data;
}

__attribute__((used)) IN_BOOT2 void boot2_set_up_flash(void) {
    PADS->clock = PAD_CLOCK_FAST_8_MA;
    for (uint32_t pad = 0u; pad < 4u; pad++) {
        PADS->data[pad] = PAD_DATA_INPUT_4_MA;
    }

    /* One bit at a time, to see to the two pins that quad mode needs and that have another use without it. */
    SSI->enable = 0u;
    SSI->clock_divider = CLOCK_DIVIDER;
    SSI->sample_delay = 1u;
    SSI->control_0 = FRAME_BITS(8u);
    SSI->enable = 1u;
    if ((boot2_read_status(READ_STATUS_2) & STATUS_2_QUAD_ENABLED) == 0u) {
        SSI->data = WRITE_ENABLE;
        boot2_wait();
        (void)SSI->data;
        SSI->data = WRITE_STATUS; /* both status registers: the older part has no command for the second alone */
        SSI->data = 0u;
        SSI->data = STATUS_2_QUAD_ENABLED;
        boot2_wait();
        (void)SSI->data;
        (void)SSI->data;
        (void)SSI->data;
        while ((boot2_read_status(READ_STATUS_1) & STATUS_1_BUSY) != 0u) {
        }
    }

    /* One read with a command, for its mode bits. */
    SSI->enable = 0u;
    SSI->control_0 = QUAD | FRAME_BITS(32u) | SEND_THEN_RECEIVE;
    SSI->control_1 = 0u; /* one frame comes back */
    SSI->spi_control = ADDRESS_BITS(32u) | DUMMY_CLOCKS(4u) | COMMAND_8_BITS | ONLY_COMMAND_SERIAL;
    SSI->enable = 1u;
    SSI->data = READ_QUAD;
    SSI->data = CONTINUOUS; /* address 0, and the mode bits */
    boot2_wait();

    /* From now on a read of 0x10000000 and above is a read of the flash. */
    SSI->enable = 0u;
    SSI->spi_control = MODE_BITS(CONTINUOUS) | ADDRESS_BITS(32u) | DUMMY_CLOCKS(4u) | COMMAND_NONE | ALL_QUAD;
    SSI->enable = 1u;
}
