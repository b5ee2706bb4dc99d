// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// rp2040js's chip, made as strict as the silicon where a firmware could rely on it being lenient: accesses to no memory and
// to odd addresses fault, undefined instructions fault, stores to flash change nothing, the flash cannot be read before it is
// set up, peripherals start in reset, WFI wakes without running a handler while interrupts are masked, and a restart keeps RAM.

import * as fakeBootRom from './fake_boot_rom.mjs';
import { flashInterface } from './flash_chip.mjs';
import { SysTick } from './systick.mjs';

const ROM_BYTES = 16 * 1024;
const SRAM_ORIGIN = 0x20000000;
const FLASH_ORIGIN = 0x10000000, FLASH_WINDOW = 0x1000000, FLASH_ALIASES_END = 0x14000000;
const HARD_FAULT = 3, NMI = 2;
const PC = 15;
const SSI = 0x18000, RESETS = 0x4000c, WATCHDOG = 0x40058;
const AIRCR = 0xd0c, AIRCR_KEY = 0x05fa, SYSRESETREQ = 1 << 2;
const MPU_TYPE = 0xd90;
const RESET_IO_BANK0 = 1 << 5, RESET_UART0 = 1 << 22;
const UART_CONTROL_AFTER_RESET = 0x300, PIN_WITHOUT_FUNCTION = 0x1f;

/** An access or instruction that the core answers with a HardFault. */
class Fault extends Error {}

/** The core has faulted in its fault handler: silicon does nothing more. */
export class Lockup extends Error {}

/** One life of the chip, from power-on or a restart.  `modules`: rp2040js's. */
export class Chip {
    constructor(modules, flash, sram, log) {
        this.log = log;
        this.restart = false;
        this.rp2040 = new modules.RP2040(new modules.SimulationClock());
        this.rp2040.logger = logger(log);
        this.rp2040.flash.set(flash);
        this.rp2040.sram.set(sram);
        this.rp2040.updateClocks();
        this.core = this.rp2040.core;
        this.clock = this.rp2040.clock;
        this.isRomFunction = fakeBootRom.install(this.rp2040);
        this.startPeripherals(modules.BasePeripheral, flash);
        this.startInterrupts();
        fakeBootRom.start(this.rp2040, flash);
    }

    get sram() {
        return this.rp2040.sram;
    }

    startPeripherals(BasePeripheral, flash) {
        const { rp2040 } = this;
        const resets = rp2040.peripherals[RESETS];
        Object.defineProperty(resets, 'reset_done', { get: () => ~resets.reset & 0x1ffffff });
        const writeResets = resets.writeUint32.bind(resets);
        resets.writeUint32 = (offset, value) => {
            writeResets(offset, value);
            holdInReset(rp2040, resets.reset);
        };
        rp2040.peripherals[WATCHDOG].onWatchdogTrigger = () => (this.restart = true);
        const memory = strictMemory(rp2040, flash.length, this.log);
        Object.assign(this.core, memory.accesses);
        const ssi = flashInterface(BasePeripheral, rp2040, memory.openFlash);
        memory.whyNoFlash = () => ssi.missing;
        rp2040.peripherals[SSI] = ssi;
        rp2040.onBreak = () => {
            const at = this.core.registers[PC] - 2;
            if (!this.isRomFunction(at)) {
                throw new Fault(`breakpoint or undefined instruction at 0x${at.toString(16)}`);
            }
        };
        this.startCorePeripherals();
    }

    startCorePeripherals() {
        const { ppb } = this.rp2040;
        const read = ppb.readUint32.bind(ppb), write = ppb.writeUint32.bind(ppb);
        const sysTick = new SysTick(this.rp2040);
        ppb.readUint32 = (offset) => {
            if (sysTick.has(offset)) {
                return sysTick.read(offset);
            }
            return offset === MPU_TYPE ? 0 : read(offset); // rp2040js has no MPU
        };
        ppb.writeUint32 = (offset, value) => {
            if (sysTick.has(offset)) {
                sysTick.write(offset, value);
            } else if (offset !== AIRCR) {
                write(offset, value);
            } else if (value >>> 16 === AIRCR_KEY && value & SYSRESETREQ) {
                this.restart = true;
            }
        };
    }

    startInterrupts() {
        const { core } = this;
        const take = core.checkForInterrupts.bind(core);
        core.checkForInterrupts = () => !core.waiting && take(); // run() wakes it, whether or not a handler may run
    }

    /** True if a sleeping core has something to wake it: also where PRIMASK keeps its handler from running (Armv6-M ARM, B1.5.18). */
    get wakes() {
        const { core } = this;
        return (core.pendingInterrupts & core.enabledInterrupts) !== 0 || core.pendingSystick || core.pendingPendSV || core.pendingNMI;
    }

    /** Run up to `instructions`; fewer where the core falls asleep or asks for a restart.  Throws Lockup. */
    run(instructions) {
        const { core } = this;
        let left = instructions;
        while (left > 0 && !this.restart) {
            if (core.waiting) {
                if (!this.wakes) {
                    return;
                }
                core.waiting = false;
            }
            try {
                left = this.runAwake(left);
            } catch (error) {
                if (!(error instanceof Fault)) {
                    throw error;
                }
                this.fault(error);
            }
        }
    }

    runAwake(instructions) {
        const { core, clock, rp2040 } = this;
        let left = instructions;
        while (left > 0 && !core.waiting && !this.restart) {
            this.faultPc = core.registers[PC];
            const nanos = (core.executeInstruction() * 1e9) / rp2040.clkSys;
            const now = clock.nanosCounter + nanos;
            if (clock.nextAlarm !== null && clock.nextAlarm.nanos <= now) {
                clock.tick(nanos);
            } else {
                clock.nanosCounter = now;
            }
            left--;
        }
        return left;
    }

    /** Let time pass until the next alarm: the core sleeps. */
    skipToAlarm() {
        this.clock.tick(this.clock.nanosToNextAlarm);
    }

    fault(error) {
        const { core } = this;
        if (core.IPSR === HARD_FAULT || core.IPSR === NMI) {
            throw new Lockup(`${error.message}, in the handler of a fault`);
        }
        core.registers[PC] = this.faultPc;
        const write = core.writeUint32;
        core.writeUint32 = (address, value) => {
            try {
                write(address, value);
            } catch (inner) {
                if (!(inner instanceof Fault)) {
                    throw inner;
                } // the stack pointer has left RAM: the frame is lost, and the handler still runs
            }
        };
        core.exceptionEntry(HARD_FAULT);
        core.writeUint32 = write;
    }
}

function logger(log) {
    const said = new Set();
    const once = (component, message) => {
        if (message.includes('is not implemented yet') || message.startsWith('Opcode: ')) {
            throw new Fault(message);
        }
        const line = `${component}: ${message}`;
        if (!said.has(line) && said.size < 50) {
            said.add(line);
            log(line);
        }
    };
    return { debug: () => {}, info: () => {}, warn: once, error: once };
}

/** What rp2040js's peripherals do not forget by themselves when they are put into reset. */
function holdInReset(rp2040, bits) {
    if (bits & RESET_UART0) {
        const uart = rp2040.uart[0];
        uart.rxFIFO.reset();
        Object.assign(uart, { ctrlRegister: UART_CONTROL_AFTER_RESET, lineCtrlRegister: 0, intDivisor: 0, fracDivisor: 0 });
        Object.assign(uart, { interruptMask: 0, interruptStatus: 0 });
        uart.checkInterrupts();
    }
    if (bits & RESET_IO_BANK0) {
        rp2040.gpio.forEach((pin) => (pin.ctrl = PIN_WITHOUT_FUNCTION));
    }
}

/** The core's view of memory.  `accesses`: its six methods; `openFlash`: from then on the flash can be read. */
function strictMemory(chip, flashBytes, log) {
    const sram8 = chip.sram, sram16 = new Uint16Array(sram8.buffer), sram32 = new Uint32Array(sram8.buffer);
    const erased = new Uint8Array(flashBytes).fill(0xff);
    const mask = flashBytes - 1; // a power of two: beyond it the flash begins again
    let flash8 = erased, flash16 = new Uint16Array(erased.buffer), flash32 = new Uint32Array(erased.buffer);
    let isOpen = false, toldOfFlash = false;
    const memory = {
        whyNoFlash: () => '',
        openFlash: () => {
            isOpen = true;
            flash8 = chip.flash.subarray(0, flashBytes);
            flash16 = new Uint16Array(chip.flash.buffer, 0, flashBytes / 2);
            flash32 = new Uint32Array(chip.flash.buffer, 0, flashBytes / 4);
        },
    };
    const fault = (what, address) => {
        throw new Fault(`${what} 0x${(address >>> 0).toString(16)}`);
    };
    /** What is left when it is neither SRAM nor flash: a peripheral, the ROM, or nothing. */
    const requireMemory = (address, what) => {
        const top = address >>> 28;
        const there = address < ROM_BYTES || top === 0xd || address >>> 12 === 0xe000e || chip.findPeripheral(address) !== undefined;
        if (!there && !(address >= 0x50100000 && address < 0x50101000)) {
            fault(`${what} no memory, at`, address);
        }
    };
    const inFlash = (address) => {
        if (!isOpen && !toldOfFlash) {
            toldOfFlash = true;
            log(`the flash is read before it is set up: ${memory.whyNoFlash()}`);
        }
        return (address - FLASH_ORIGIN) & mask;
    };
    const isFlash = (address) => address >= FLASH_ORIGIN && address < FLASH_ALIASES_END;
    const aligned = (address, to) => {
        if (address & (to - 1)) {
            fault('access to an odd address,', address);
        }
    };
    const store = (address, write) => {
        if (isFlash(address)) {
            if (address >= FLASH_ORIGIN + FLASH_WINDOW) {
                fault('a store to the flash, by', address);
            }
            return; // by the first window the cache only lets go of the line
        }
        if (address < ROM_BYTES) {
            fault('a store to the ROM, at', address);
        }
        requireMemory(address, 'a store to');
        write();
    };
    const size = sram8.length;
    memory.accesses = {
        readUint32(address) {
            address >>>= 0;
            aligned(address, 4);
            const at = address - SRAM_ORIGIN;
            if (at >= 0 && at < size) {
                return sram32[at >>> 2];
            }
            if (isFlash(address)) {
                return flash32[inFlash(address) >>> 2];
            }
            requireMemory(address, 'a read of');
            return chip.readUint32(address);
        },
        readUint16(address) {
            address >>>= 0;
            aligned(address, 2);
            if (isFlash(address)) {
                return flash16[inFlash(address) >>> 1];
            }
            const at = address - SRAM_ORIGIN;
            if (at >= 0 && at < size) {
                return sram16[at >>> 1];
            }
            requireMemory(address, 'a read of');
            return chip.readUint16(address);
        },
        readUint8(address) {
            address >>>= 0;
            const at = address - SRAM_ORIGIN;
            if (at >= 0 && at < size) {
                return sram8[at];
            }
            if (isFlash(address)) {
                return flash8[inFlash(address)];
            }
            requireMemory(address, 'a read of');
            return chip.readUint8(address);
        },
        writeUint32(address, value) {
            address >>>= 0;
            aligned(address, 4);
            const at = address - SRAM_ORIGIN;
            if (at >= 0 && at < size) {
                sram32[at >>> 2] = value;
            } else {
                store(address, () => chip.writeUint32(address, value));
            }
        },
        writeUint16(address, value) {
            address >>>= 0;
            aligned(address, 2);
            const at = address - SRAM_ORIGIN;
            if (at >= 0 && at < size) {
                sram16[at >>> 1] = value;
            } else {
                store(address, () => chip.writeUint16(address, value));
            }
        },
        writeUint8(address, value) {
            address >>>= 0;
            const at = address - SRAM_ORIGIN;
            if (at >= 0 && at < size) {
                sram8[at] = value;
            } else {
                store(address, () => chip.writeUint8(address, value));
            }
        },
    };
    return memory;
}
