// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads UF2 files as the RP2040's boot ROM takes them (datasheet, 2.8.4.2): blocks of 512 bytes with a page of 256 each.

const BLOCK_BYTES = 512;
const PAGE_BYTES = 256;
const MAGIC_1 = 0x0a324655, MAGIC_2 = 0x9e5d5157, MAGIC_END = 0x0ab16f30;
const FLAG_NOT_FLASH = 0x1, FLAG_FAMILY = 0x2000;
const RP2040_FAMILY = 0xe48bff56;
export const FLASH_ORIGIN = 0x10000000;

/** The content of a flash of `flashBytes` bytes, 0xFF where the file has nothing.  Throws an Error for a file that a board
 * would not take: a block that is damaged, missing, there twice, of another chip, or beyond the end. */
export function readUf2(file, flashBytes) {
    if (file.length === 0 || file.length % BLOCK_BYTES !== 0) {
        throw new Error(`has ${file.length} bytes; expected blocks of ${BLOCK_BYTES}`);
    }
    const flash = new Uint8Array(flashBytes).fill(0xff);
    const count = file.length / BLOCK_BYTES;
    const written = new Set();
    for (let number = 0; number < count; number++) {
        const block = file.subarray(number * BLOCK_BYTES, (number + 1) * BLOCK_BYTES);
        const address = checkedAddress(block, number, count, flashBytes);
        if (written.has(address)) {
            throw new Error(`block ${number}: address 0x${address.toString(16)} is there twice`);
        }
        written.add(address);
        flash.set(block.subarray(32, 32 + PAGE_BYTES), address - FLASH_ORIGIN);
    }
    return flash;
}

function checkedAddress(block, number, count, flashBytes) {
    const view = new DataView(block.buffer, block.byteOffset, BLOCK_BYTES);
    const word = (index) => view.getUint32(4 * index, true);
    const expect = (good, what) => {
        if (!good) {
            throw new Error(`block ${number}: ${what}`);
        }
    };
    expect(word(0) === MAGIC_1 && word(1) === MAGIC_2 && view.getUint32(508, true) === MAGIC_END, 'is no block of UF2');
    expect((word(2) & FLAG_FAMILY) !== 0 && word(7) === RP2040_FAMILY, 'is not for an RP2040');
    expect((word(2) & FLAG_NOT_FLASH) === 0, 'is not for the flash');
    expect(word(4) === PAGE_BYTES, `holds ${word(4)} bytes; expected ${PAGE_BYTES}`);
    expect(word(5) === number && word(6) === count, `says it is ${word(5)} of ${word(6)}; there are ${count}`);
    const address = word(3);
    expect(address % PAGE_BYTES === 0, `address 0x${address.toString(16)} is not that of a page`);
    const end = FLASH_ORIGIN + flashBytes;
    expect(address >= FLASH_ORIGIN && address < end, `address 0x${address.toString(16)} is not in the flash, which ends at 0x${end.toString(16)}`);
    return address;
}
