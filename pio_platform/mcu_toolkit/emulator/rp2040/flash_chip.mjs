// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The RP2040's interface to its flash, and a W25Q16JV behind it, as far as a second stage of the boot needs them: commands
// one bit at a time, the two status registers, and the set-up for reading the flash like memory (XIP).  rp2040js lets any
// second stage pass; this model gives 0xFF for the flash until it is set up as the datasheets ask (RP2040, 4.10; W25Q16JV, 8).

const CTRLR0 = 0x00, CTRLR1 = 0x04, SSIENR = 0x08, SER = 0x10, BAUDR = 0x14, SR = 0x28, DR0 = 0x60;
const RX_SAMPLE_DLY = 0xf0, SPI_CTRLR0 = 0xf4;
const SR_TFNF = 1 << 1, SR_TFE = 1 << 2, SR_RFNE = 1 << 3;
const BUSY_POLLS = 3; // how often a status write in progress is seen as such

const ONE_BIT_8 = 7 << 16;
const QUAD_32_READ = (2 << 21) | (31 << 16) | (3 << 8);
const ADDRESS_32 = 8 << 2, DUMMIES_4 = 4 << 11;
const WITH_COMMAND = ADDRESS_32 | DUMMIES_4 | (2 << 8) | 1;
const WITHOUT_COMMAND = ADDRESS_32 | DUMMIES_4 | 2;

const WRITE_STATUS = 0x01, READ_STATUS_1 = 0x05, WRITE_ENABLE = 0x06, READ_STATUS_2 = 0x35, READ_QUAD = 0xeb;
const QUAD_ENABLED = 1 << 1;
const isContinuous = (mode) => ((mode >>> 4) & 3) === 2; // M5-4 = 10

/** The peripheral at XIP_SSI_BASE, to take the place of rp2040js's. `onReady` is called when the flash has become readable. */
export function flashInterface(BasePeripheral, chip, onReady) {
    return new (class extends BasePeripheral {
        registers = new Map();
        received = [];
        command = [];
        status2 = 0;
        writeEnabled = false;
        busyPolls = 0;
        continuous = false;

        /** Why the flash cannot be read yet. */
        get missing() {
            if ((this.status2 & QUAD_ENABLED) === 0) {
                return "the flash's quad mode is off";
            }
            if (!this.continuous) {
                return 'the flash still expects a command before each address';
            }
            return 'the interface is not set up to send addresses alone';
        }

        get(offset) {
            return this.registers.get(offset) ?? 0;
        }

        get divides() {
            return this.get(BAUDR) >= 2 && this.get(BAUDR) % 2 === 0;
        }

        readUint32(offset) {
            if (offset === SR) {
                this.endCommand();
                return SR_TFNF | SR_TFE | (this.received.length ? SR_RFNE : 0);
            }
            return offset === DR0 ? this.received.shift() ?? 0 : this.get(offset);
        }

        writeUint32(offset, value) {
            value >>>= 0;
            if (offset === DR0) {
                this.send(value);
                return;
            }
            if (![CTRLR0, CTRLR1, SSIENR, SER, BAUDR, RX_SAMPLE_DLY, SPI_CTRLR0].includes(offset)) {
                this.warn(`register 0x${offset.toString(16)} of the flash interface is not modelled`);
            }
            if (offset !== SSIENR && this.get(SSIENR) & 1) {
                this.warn(`register 0x${offset.toString(16)} of the flash interface cannot be written while it is enabled`);
                return;
            }
            this.registers.set(offset, value);
            if (offset === SSIENR) {
                this.received = [];
                this.command = [];
                if (value & 1 && this.isReadable()) {
                    onReady();
                }
            }
        }

        isReadable() {
            const set = this.get(SPI_CTRLR0);
            const mode = set >>> 24;
            return this.divides && this.continuous && this.get(CTRLR0) === QUAD_32_READ && (set & 0xffffff) === WITHOUT_COMMAND && isContinuous(mode);
        }

        send(value) {
            if ((this.get(SSIENR) & 1) === 0 || !this.divides) {
                this.warn('a command to the flash while its interface is off');
                return;
            }
            this.command.push(value);
            if (this.get(CTRLR0) === ONE_BIT_8) {
                this.received.push(this.answer());
            }
        }

        /** The byte that comes in while the last byte of the command goes out. */
        answer() {
            if (this.command.length < 2) {
                return 0xff;
            }
            if (this.command[0] === READ_STATUS_1) {
                const busy = this.busyPolls > 0 ? 1 : 0;
                this.busyPolls -= busy;
                return busy | (this.writeEnabled ? 2 : 0);
            }
            return this.command[0] === READ_STATUS_2 ? this.status2 : 0xff;
        }

        /** Nothing is left to send, so chip select has risen: the flash obeys. */
        endCommand() {
            const [command, ...rest] = this.command;
            this.command = [];
            if (command === undefined || this.busyPolls > 0) {
                return;
            }
            if (this.get(CTRLR0) === ONE_BIT_8) {
                if (command === WRITE_ENABLE && rest.length === 0) {
                    this.writeEnabled = true;
                } else if (command === WRITE_STATUS && rest.length === 2 && this.writeEnabled) {
                    this.status2 = rest[1];
                    this.writeEnabled = false;
                    this.busyPolls = BUSY_POLLS;
                }
            } else if (this.get(CTRLR0) === QUAD_32_READ && command === READ_QUAD && rest.length === 1) {
                const asked = this.get(SPI_CTRLR0) === WITH_COMMAND && this.get(CTRLR1) === 0;
                this.continuous = asked && (this.status2 & QUAD_ENABLED) !== 0 && isContinuous(rest[0] & 0xff);
            }
        }
    })(chip, 'FLASH');
}
