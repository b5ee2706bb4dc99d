// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The core's view of the RP2040's memory (datasheet, 2.2): what is at no address and what is not aligned faults, the flash
// cannot be written, and reads as erased until it is set up.

const ROM_BYTES = 16 * 1024;
const SRAM_ORIGIN = 0x20000000;
const FLASH_ORIGIN = 0x10000000, FLASH_CACHED_END = 0x11000000, FLASH_END = 0x14000000; // four windows, of which one caches
const USB_RAM = 0x50100000, USB_RAM_END = 0x50101000;
const SINGLE_CYCLE_IO = 0xd, CORE_PERIPHERALS = 0xe000e; // by the address's first digits

/** An access or instruction that the core answers with a HardFault. */
export class Fault extends Error {}

const isFlash = (address) => address >= FLASH_ORIGIN && address < FLASH_END;

export class Memory {
    constructor(chip, flashBytes, log) {
        this.chip = chip;
        this.log = log;
        this.sramBytes = chip.sram.length;
        this.sram8 = chip.sram;
        this.sram16 = new Uint16Array(chip.sram.buffer);
        this.sram32 = new Uint32Array(chip.sram.buffer);
        this.mask = flashBytes - 1; // a power of two: beyond its end the flash begins again
        this.isOpen = false;
        this.whyClosed = () => '';
        this.showFlash(new Uint8Array(flashBytes).fill(0xff));
    }

    /** From now on the flash can be read. */
    open() {
        this.isOpen = true;
        this.showFlash(this.chip.flash.subarray(0, this.mask + 1));
    }

    showFlash(bytes) {
        this.flash8 = bytes;
        this.flash16 = new Uint16Array(bytes.buffer, 0, bytes.length / 2);
        this.flash32 = new Uint32Array(bytes.buffer, 0, bytes.length / 4);
    }

    /** Let the core read and write by this memory. */
    serve(core) {
        for (const name of ['readUint32', 'readUint16', 'readUint8', 'writeUint32', 'writeUint16', 'writeUint8']) {
            core[name] = this[name].bind(this);
        }
    }

    readUint32(given) {
        const address = given >>> 0;
        if (address & 3) {
            this.refuseOdd(address);
        }
        const at = address - SRAM_ORIGIN;
        if (at >= 0 && at < this.sramBytes) {
            return this.sram32[at >>> 2];
        }
        if (isFlash(address)) {
            return this.flash32[this.inFlash(address) >>> 2];
        }
        this.requireThere(address, 'a read of');
        return this.chip.readUint32(address);
    }

    readUint16(given) {
        const address = given >>> 0;
        if (address & 1) {
            this.refuseOdd(address);
        }
        if (isFlash(address)) {
            return this.flash16[this.inFlash(address) >>> 1];
        }
        const at = address - SRAM_ORIGIN;
        if (at >= 0 && at < this.sramBytes) {
            return this.sram16[at >>> 1];
        }
        this.requireThere(address, 'a read of');
        return this.chip.readUint16(address);
    }

    readUint8(given) {
        const address = given >>> 0;
        const at = address - SRAM_ORIGIN;
        if (at >= 0 && at < this.sramBytes) {
            return this.sram8[at];
        }
        if (isFlash(address)) {
            return this.flash8[this.inFlash(address)];
        }
        this.requireThere(address, 'a read of');
        return this.chip.readUint8(address);
    }

    writeUint32(given, value) {
        const address = given >>> 0;
        if (address & 3) {
            this.refuseOdd(address);
        }
        const at = address - SRAM_ORIGIN;
        if (at >= 0 && at < this.sramBytes) {
            this.sram32[at >>> 2] = value;
        } else if (this.takesStore(address)) {
            this.chip.writeUint32(address, value);
        }
    }

    writeUint16(given, value) {
        const address = given >>> 0;
        if (address & 1) {
            this.refuseOdd(address);
        }
        const at = address - SRAM_ORIGIN;
        if (at >= 0 && at < this.sramBytes) {
            this.sram16[at >>> 1] = value;
        } else if (this.takesStore(address)) {
            this.chip.writeUint16(address, value);
        }
    }

    writeUint8(given, value) {
        const address = given >>> 0;
        const at = address - SRAM_ORIGIN;
        if (at >= 0 && at < this.sramBytes) {
            this.sram8[at] = value;
        } else if (this.takesStore(address)) {
            this.chip.writeUint8(address, value);
        }
    }

    inFlash(address) {
        if (!this.isOpen && this.log) {
            this.log(`the flash is read before it is set up: ${this.whyClosed()}`);
            this.log = null; // once
        }
        return (address - FLASH_ORIGIN) & this.mask;
    }

    /** False for a store that changes nothing: by the first window the cache only lets go of its line (datasheet, 2.6.3). */
    takesStore(address) {
        if (isFlash(address)) {
            if (address >= FLASH_CACHED_END) {
                throw new Fault(`a store to the flash, by 0x${address.toString(16)}`);
            }
            return false;
        }
        if (address < ROM_BYTES) {
            throw new Fault(`a store to the ROM, at 0x${address.toString(16)}`);
        }
        this.requireThere(address, 'a store to');
        return true;
    }

    /** Of what is neither SRAM nor flash: a peripheral, the ROM, or nothing. */
    requireThere(address, what) {
        const inCore = address >>> 28 === SINGLE_CYCLE_IO || address >>> 12 === CORE_PERIPHERALS;
        const isUsbRam = address >= USB_RAM && address < USB_RAM_END;
        if (!(address < ROM_BYTES || inCore || isUsbRam || this.chip.findPeripheral(address) !== undefined)) {
            throw new Fault(`${what} no memory, at 0x${address.toString(16)}`);
        }
    }

    refuseOdd(address) {
        throw new Fault(`an access to an odd address, 0x${address.toString(16)}`);
    }
}
