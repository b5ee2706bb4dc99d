// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// rp2040js's chip, made as strict as the silicon where a firmware could rely on it being lenient: accesses to no memory and
// to odd addresses fault, undefined instructions fault, stores to flash change nothing, the flash cannot be read before it is
// set up, peripherals start in reset, WFI wakes without running a handler while interrupts are masked, and a restart keeps RAM.

import * as fakeBootRom from './fake_boot_rom.mjs';
import { flashInterface } from './flash_chip.mjs';
import { Fault, Memory } from './memory.mjs';
import { SysTick } from './systick.mjs';

const HARD_FAULT = 3, NMI = 2;
const PC = 15;
const SSI = 0x18000, RESETS = 0x4000c, WATCHDOG = 0x40058;
const AIRCR = 0xd0c, AIRCR_KEY = 0x05fa, SYSRESETREQ = 1 << 2;
const MPU_TYPE = 0xd90;
const RESET_IO_BANK0 = 1 << 5, RESET_UART0 = 1 << 22;
const UART_CONTROL_AFTER_RESET = 0x300, PIN_WITHOUT_FUNCTION = 0x1f;

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
        const memory = new Memory(rp2040, flash.length, this.log);
        memory.serve(this.core);
        const ssi = flashInterface(BasePeripheral, rp2040, () => memory.open());
        memory.whyClosed = () => ssi.missing;
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
