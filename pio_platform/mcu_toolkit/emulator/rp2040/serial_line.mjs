// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The wires of UART0 on GP0 and GP1: bytes reach the chip at the line's rate, in the chip's own time, and are lost where its
// queue is full; nothing passes while the pins, the UART or its rate are not set up.  What the chip sends takes no time.

const UART_FUNCTION = 2;
const UARTEN = 1 << 0, TXE = 1 << 8, RXE = 1 << 9;
const QUEUES_AND_8_BITS = (1 << 4) | (3 << 5);
const RESETS_NEEDED = (1 << 5) | (1 << 8) | (1 << 22); // IO_BANK0, PADS_BANK0, UART0
const BITS_OF_A_BYTE = 10; // start, eight, stop
const RATE_TOLERANCE = 0.03; // a receiver samples the last bit half a bit from its edge, after nine and a half

export class SerialLine {
    constructor(baud, log) {
        this.baud = baud;
        this.log = log;
        this.toChip = [];
        this.fromChip = [];
        this.position = 0;
        this.said = new Set();
        this.lost = 0;
    }

    /** Connect a chip that has just been powered or restarted. */
    connect(chip) {
        this.chip = chip;
        this.uart = chip.uart[0];
        this.uart.onByte = (byte) => {
            if (this.passes(TXE, 0)) {
                this.fromChip.push(byte);
            }
        };
        this.alarm = chip.clock.createAlarm(() => this.arrive());
        this.schedule();
    }

    /** Bytes from the other end; they arrive one after the other. */
    send(bytes) {
        for (const byte of bytes) {
            this.toChip.push(byte);
        }
        this.schedule();
    }

    /** True while bytes are on their way to the chip. */
    get busy() {
        return this.position < this.toChip.length;
    }

    get waitingBytes() {
        return this.toChip.length - this.position;
    }

    /** What the chip has sent since the last call. */
    received() {
        const bytes = Uint8Array.from(this.fromChip);
        this.fromChip = [];
        return bytes;
    }

    schedule() {
        if (this.busy && !this.alarm.scheduled) {
            this.alarm.schedule((1e9 * BITS_OF_A_BYTE) / this.baud);
        }
    }

    arrive() {
        this.alarm.scheduled = false;
        const byte = this.toChip[this.position++];
        if (this.position === this.toChip.length) {
            this.toChip = [];
            this.position = 0;
        }
        if (this.passes(RXE, 1)) {
            if (this.uart.rxFIFO.full) {
                this.lost++;
                this.say(`a byte found UART0's queue full and is lost, as are others from now on`);
            } else {
                this.uart.feedByte(byte);
            }
        }
        this.schedule();
    }

    /** Whether a byte passes between the pin and the UART; says once what keeps it. */
    passes(direction, pin) {
        const why = this.obstacle(direction, pin);
        if (why) {
            this.say(`nothing passes UART0 while ${why}`);
        }
        return !why;
    }

    obstacle(direction, pin) {
        const { chip, uart } = this;
        if (chip.peripherals[0x4000c].reset & RESETS_NEEDED) {
            return 'it or its pins are held in reset';
        }
        if (chip.gpio[pin].functionSelect !== UART_FUNCTION || (pin === 1 && !chip.gpio[pin].inputEnable)) {
            return `GP${pin} is not its pin`;
        }
        if ((uart.ctrlRegister & (UARTEN | direction)) !== (UARTEN | direction)) {
            return 'it is not enabled';
        }
        if ((uart.lineCtrlRegister & 0x7f) !== QUEUES_AND_8_BITS) {
            return 'its format is not 8 bits, no parity, one stop bit, with queues';
        }
        const rate = uart.baudDivider ? uart.baudRate : 0;
        if (!chip.clocks.periFreq || Math.abs(rate / this.baud - 1) > RATE_TOLERANCE) {
            return `it runs at ${chip.clocks.periFreq ? rate : 0} baud, the line at ${this.baud}`;
        }
        return '';
    }

    say(what) {
        if (!this.said.has(what)) {
            this.said.add(what);
            this.log(what);
        }
    }
}
