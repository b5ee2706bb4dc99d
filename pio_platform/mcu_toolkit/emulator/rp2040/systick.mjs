// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// SysTick as Armv6-M has it (ARM, B3.3): from RELOAD down to 0 in RELOAD + 1 cycles, an exception at each 0.  rp2040js's own takes
// one cycle less, so that a counter that its wraps extend would run ahead.

const CONTROL = 0x10, RELOAD = 0x14, VALUE = 0x18;
const ENABLE = 1 << 0, INTERRUPT = 1 << 1, COUNTED = 1 << 16;
const BITS = 0xffffff;

export class SysTick {
    constructor(chip) {
        this.chip = chip;
        this.control = 0;
        this.reload = BITS;
        this.counted = false;
        this.startNanos = 0; // when it was 0
        this.alarm = chip.clock.createAlarm(() => this.wrap());
    }

    /** True for the registers that this class has. */
    has(offset) {
        return offset === CONTROL || offset === RELOAD || offset === VALUE;
    }

    get cycles() {
        return Math.round(((this.chip.clock.nanos - this.startNanos) * this.chip.clkSys) / 1e9);
    }

    read(offset) {
        if (offset === CONTROL) {
            const flag = this.counted ? COUNTED : 0;
            this.counted = false;
            return this.control | flag;
        }
        if (offset === RELOAD) {
            return this.reload;
        }
        const cycles = this.control & ENABLE ? this.cycles % (this.reload + 1) : 0;
        return cycles === 0 ? 0 : this.reload + 1 - cycles;
    }

    write(offset, value) {
        if (offset === RELOAD) {
            this.reload = value & BITS;
            return;
        }
        if (offset === CONTROL) {
            this.control = value & 7;
        }
        this.counted = false;
        this.restart();
    }

    restart() {
        this.startNanos = this.chip.clock.nanos;
        this.alarm.cancel();
        if (this.control & ENABLE && this.reload > 0) {
            this.alarm.schedule(((this.reload + 1) * 1e9) / this.chip.clkSys);
        }
    }

    wrap() {
        this.counted = true;
        if (this.control & INTERRUPT) {
            this.chip.core.pendingSystick = true;
            this.chip.core.interruptsUpdated = true;
        }
        this.restart();
    }
}
