// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A FAKE of the RP2040's boot ROM, which may not be shipped here.  It does what the ROM does on the way to a program in
// flash (datasheet, 2.8.1): it copies the second stage to SRAM, checks its CRC-32 and calls it.  Instead of the ROM's code it
// has a table of functions (2.8.3) with four of them, which are JavaScript behind breakpoints; all others are missing from it.
// There is no USB drive, no second core and no floating point in it.

const BOOT2_BYTES = 256;
const BOOT2_OFFSET = 0x41f00; // the last 256 bytes of SRAM
const SRAM_ORIGIN = 0x20000000;
const FLASH_PERIPHERALS = (1 << 6) | (1 << 9); // IO_QSPI and PADS_QSPI: the only ones that the ROM is sure to have started
const PC = 15, LR = 14, SP = 13;

const FUNCTION_TABLE = 0x100, DATA_TABLE = 0x180, LOOKUP = 0x1c0, FUNCTIONS = 0x200;
/** By its two letters: what it does with registers and memory, as the datasheet's table of ROM functions says. */
const ROM_FUNCTIONS = {
    P3: (registers) => [...registers[0].toString(2)].filter((bit) => bit === '1').length,
    L3: (registers) => Math.clz32(registers[0]),
    MS: (registers, sram) => {
        const from = registers[0] - SRAM_ORIGIN;
        sram.fill(registers[1] & 0xff, from, from + registers[2]);
        return registers[0];
    },
    MC: (registers, sram, core) => {
        for (let i = 0; i < registers[2]; i++) {
            sram[registers[0] - SRAM_ORIGIN + i] = core.readUint8(registers[1] + i);
        }
        return registers[0];
    },
};
// rom_table_lookup(table, code): a table of halfwords, code and address by turns, ended by a code of 0.
const LOOKUP_CODE = [
    0x8802, // loop: ldrh r2, [r0]
    0x2a00, //       cmp  r2, #0
    0xd004, //       beq  none
    0x428a, //       cmp  r2, r1
    0xd004, //       beq  found
    0x3004, //       adds r0, #4
    0xe7f8, //       b    loop
    0x46c0, //       nop
    0x2000, // none: movs r0, #0
    0x4770, //       bx   lr
    0x8840, // found: ldrh r0, [r0, #2]
    0x4770, //        bx   lr
];
const BREAKPOINT = 0xbe00, RETURN = 0x4770;

/** CRC-32 with the highest bit first, from all ones, not inverted at the end. */
export function checksum(bytes) {
    let crc = 0xffffffff;
    for (const byte of bytes) {
        crc ^= byte << 24;
        for (let bit = 0; bit < 8; bit++) {
            crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
        }
    }
    return crc >>> 0;
}

/** True if `flash` begins with a second stage that the ROM would call. */
export function hasSecondStage(flash) {
    const stored = new DataView(flash.buffer, flash.byteOffset).getUint32(BOOT2_BYTES - 4, true);
    return checksum(flash.subarray(0, BOOT2_BYTES - 4)) === stored;
}

/** Write the table of functions into the chip's ROM, and let its breakpoints do what they stand for. */
export function install(chip) {
    const rom = new DataView(chip.bootrom.buffer);
    const half = (address, value) => rom.setUint16(address, value, true);
    [0x4d, 0x75, 0x01, 0x01].forEach((byte, index) => rom.setUint8(0x10 + index, byte)); // 'M', 'u', 1, a version
    half(0x14, FUNCTION_TABLE);
    half(0x16, DATA_TABLE);
    half(0x18, LOOKUP | 1);
    LOOKUP_CODE.forEach((code, index) => half(LOOKUP + 2 * index, code));
    const bodies = Object.entries(ROM_FUNCTIONS);
    bodies.forEach(([name, body], number) => {
        const address = FUNCTIONS + 4 * number;
        half(FUNCTION_TABLE + 4 * number, name.charCodeAt(0) | (name.charCodeAt(1) << 8));
        half(FUNCTION_TABLE + 4 * number + 2, address | 1);
        half(address, BREAKPOINT | number);
        half(address + 2, RETURN);
    });
    /** True if the breakpoint at `pc` is one of ours; its function has been done then. */
    return (pc) => {
        const number = (pc - FUNCTIONS) >> 2;
        if (pc < FUNCTIONS || number >= bodies.length) {
            return false;
        }
        chip.core.registers[0] = bodies[number][1](chip.core.registers, chip.sram, chip.core);
        return true;
    };
}

/** What the ROM leaves behind when it calls the second stage. */
export function start(chip, flash) {
    chip.sram.set(flash.subarray(0, BOOT2_BYTES), BOOT2_OFFSET);
    chip.peripherals[0x4000c].reset = 0x1ffffff & ~FLASH_PERIPHERALS;
    const { registers } = chip.core;
    registers[SP] = SRAM_ORIGIN + BOOT2_OFFSET; // the ROM's stack is below the second stage
    registers[LR] = 0;
    registers[PC] = SRAM_ORIGIN + BOOT2_OFFSET;
}
