// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs a UF2 file on an emulated Raspberry Pi Pico, with its UART0 on a socket:
//
//     node run.mjs PACKAGE UF2 BAUD SERIAL_FD READY_FD
//
// PACKAGE is the folder of the npm package rp2040js; one byte goes to READY_FD when the chip has been started.  The machine
// ends when the socket does (exit code 0), or when the core locks up (1).

import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { Chip, Lockup } from './chip.mjs';
import { hasSecondStage } from './fake_boot_rom.mjs';
import { SerialLine } from './serial_line.mjs';
import { readUf2 } from './uf2.mjs';

const FLASH_BYTES = 2 << 20; // a Pico's W25Q16JV
const SRAM_BYTES = 264 << 10;
const SLICE_INSTRUCTIONS = 100000; // some milliseconds: then the socket gets its turn
const UNSENT_BYTES_MAX = 1 << 20, WAITING_BYTES_MAX = 1 << 16;

const log = (text) => console.error(`rp2040: ${text}`);

class Board {
    constructor(modules, flash, line, socket) {
        Object.assign(this, { modules, flash, line, socket });
        this.chip = this.start(sramAfterPowerOn());
        this.timer = null;
        this.running = false;
    }

    start(sram) {
        const chip = new Chip(this.modules, this.flash, sram, log);
        this.line.connect(chip.rp2040);
        return chip;
    }

    /** Run until the core sleeps, a slice at a time. */
    wake() {
        clearTimeout(this.timer);
        if (!this.running) {
            this.running = true;
            setImmediate(() => this.slice());
        }
    }

    slice() {
        if (this.socket.writableLength > UNSENT_BYTES_MAX) {
            this.socket.once('drain', () => this.slice());
            return;
        }
        this.chip.run(SLICE_INSTRUCTIONS);
        if (this.chip.restart) {
            this.chip = this.start(this.chip.sram);
        }
        const sent = this.line.received();
        if (sent.length) {
            this.socket.write(sent);
        }
        if (this.socket.isPaused() && this.line.waitingBytes < WAITING_BYTES_MAX) {
            this.socket.resume();
        }
        const sleeps = this.chip.core.waiting && !this.chip.wakes;
        if (sleeps && this.line.busy) {
            this.chip.skipToAlarm(); // the byte that it waits for
        } else if (sleeps) {
            this.sleep();
            return;
        }
        setImmediate(() => this.slice());
    }

    /** Nothing to do before the next alarm, unless a byte comes: let real time pass. */
    sleep() {
        this.running = false;
        const milliseconds = this.chip.clock.nanosToNextAlarm / 1e6;
        if (milliseconds > 0) {
            this.timer = setTimeout(() => {
                this.chip.skipToAlarm();
                this.wake();
            }, Math.ceil(milliseconds));
        }
    }

    receive(bytes) {
        this.line.send(bytes);
        if (this.line.waitingBytes >= WAITING_BYTES_MAX) {
            this.socket.pause();
        }
        this.wake();
    }
}

/** What is in RAM after power-on is not zero: a pattern that is the same every time. */
function sramAfterPowerOn() {
    const words = new Uint32Array(SRAM_BYTES / 4);
    let state = 0x2545f491;
    for (let i = 0; i < words.length; i++) {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        words[i] = state;
    }
    return new Uint8Array(words.buffer);
}

async function rp2040js(folder) {
    const load = (file) => import(pathToFileURL(path.join(folder, 'dist', 'esm', file)).href);
    const { RP2040 } = await load('rp2040.js');
    const { SimulationClock } = await load('clock/simulation-clock.js');
    const { BasePeripheral } = await load('peripherals/peripheral.js');
    return { RP2040, SimulationClock, BasePeripheral };
}

function fail(text) {
    log(text);
    process.exit(1);
}

async function main([packageFolder, uf2, baud, serialFd, readyFd]) {
    let flash;
    try {
        flash = readUf2(fs.readFileSync(uf2), FLASH_BYTES);
    } catch (error) {
        fail(`${uf2}: ${error.message}`);
    }
    if (!hasSecondStage(flash)) {
        fail(`${uf2}: the boot ROM finds no second stage with the right CRC-32; a real Pico would wait as a USB drive`);
    }
    const modules = await rp2040js(packageFolder);
    const socket = new net.Socket({ fd: Number(serialFd), readable: true, writable: true });
    const board = new Board(modules, flash, new SerialLine(Number(baud), log), socket);
    socket.on('data', (bytes) => board.receive(bytes));
    socket.on('end', () => process.exit(0));
    socket.on('error', () => process.exit(0));
    fs.writeSync(Number(readyFd), '+');
    fs.closeSync(Number(readyFd));
    board.wake();
}

process.on('uncaughtException', (error) => fail(error instanceof Lockup ? `the core has locked up: ${error.message}` : error.stack));
await main(process.argv.slice(2));
