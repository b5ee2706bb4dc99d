"""The emulated Raspberry Pi Pico: it runs what a real one would, and refuses what a real one would not run.

rp2040js is lenient; the modules beside run.mjs are not.  Each fault here is planted in the firmware's own sources.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.boards.emulator_table import EMULATOR_KINDS
from mcu_toolkit.build.node_packages import installed
from tests.emulated import own_boards, skip_without_emulator
from tests.platforms.echo_project import ESCAPE, PLATFORM, EchoBoard, compile_command, compile_echo, link, run_flash_script

pytestmark = pytest.mark.slow
RUNNER = PLATFORM / "emulator/rp2040"
BOARD = load_board("pico-bare")
PACKAGE = EMULATOR_KINDS["rp2040js"].package


@pytest.fixture(scope="module", autouse=True)
def _emulator() -> None:
    skip_without_emulator(BOARD)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The echo firmware as an ELF file; its UF2 file is beside it."""
    return compile_echo(BOARD, tmp_path_factory.mktemp("pico") / "project")


@dataclass(frozen=True)
class Run:
    """What a machine did until the time was over."""

    exit_code: int | None
    output: bytes
    log: str


def run(uf2: Path, folder: Path, *, baud: int = 115200, until: bytes = b"\n", timeout_s: float = 60.0) -> Run:
    """Run `uf2` without a bridge until it has sent `until`, ends, or complains."""
    assert PACKAGE is not None
    package = installed(PACKAGE)
    assert package is not None
    serial, far_serial = socket.socketpair()
    ready, far_ready = socket.socketpair()
    log = folder / "log"
    with serial, ready, log.open("wb") as stream:
        command = ["node", RUNNER / "run.mjs", package, uf2, str(baud), str(far_serial.fileno()), str(far_ready.fileno())]
        handles = (far_serial.fileno(), far_ready.fileno())
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, pass_fds=handles) as child:
            far_serial.close()
            far_ready.close()
            serial.settimeout(0.1)
            output, deadline_s = b"", time.monotonic() + timeout_s
            while until not in output and child.poll() is None and not log.read_bytes() and time.monotonic() < deadline_s:
                try:
                    output += serial.recv(4096)
                except TimeoutError:
                    continue
            code = child.poll()
            child.kill()
    return Run(code, output, log.read_text())


@pytest.fixture(scope="module")
def objects(image: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the echo firmware's objects."""
    folder = tmp_path_factory.mktemp("objects")
    subprocess.run([*compile_command(BOARD), "-c", *(image.parent / "src").glob("*.c")], cwd=folder, check=True)
    return folder


def planted(file: str, old: str, new: str, image: Path, objects: Path, folder: Path) -> Path:
    """The UF2 file of a firmware in whose `file` one thing is another."""
    text = (image.parent / "src" / file).read_text()
    assert old in text, "the example has changed"
    source = folder / file
    source.write_text(text.replace(old, new, 1))
    subprocess.run([*compile_command(BOARD), "-I", image.parent / "src", "-c", source], cwd=folder, check=True)
    others = [path for path in sorted(objects.glob("*.o")) if path.stem != source.stem]
    return link(BOARD, image.parent, [source.with_suffix(".o"), *others], folder / "firmware.elf").with_suffix(".uf2")


def test_the_firmware_starts_through_its_own_second_stage_and_complains_of_nothing(image: Path, tmp_path: Path) -> None:
    done = run(image.with_suffix(".uf2"), tmp_path)
    assert (done.output, done.log) == (b"echo pico-bare\n", "")


FAULTS = {
    "quad mode is not switched on": ("boot2.c", "SSI->data = STATUS_2_QUAD_ENABLED;", "SSI->data = 0u;", "the flash's quad mode is off"),
    "no write enable": ("boot2.c", "SSI->data = WRITE_ENABLE;", "SSI->data = READ_STATUS_1;", "the flash's quad mode is off"),
    "a command before each address": ("boot2.c", "#define CONTINUOUS 0xA0u", "#define CONTINUOUS 0xF0u", "still expects a command"),
    "one dummy clock less": (
        "boot2.c",
        "ADDRESS_BITS(32u) | DUMMY_CLOCKS(4u) | COMMAND_NONE",
        "ADDRESS_BITS(32u) | DUMMY_CLOCKS(3u) | COMMAND_NONE",
        "not set up to send addresses alone",
    ),
    "an odd divider": ("boot2.c", "#define CLOCK_DIVIDER 2u", "#define CLOCK_DIVIDER 1u", "while its interface is off"),
    "the UART stays in reset": ("chip.c", "RESET_PADS_BANK0 | RESET_UART0)", "RESET_PADS_BANK0)", "held in reset"),
    "no pin": ("chip.c", "PIN_CONTROL(0u) = PIN_FUNCTION_UART;", "", "GP0 is not its pin"),
    "no clock for the UART": ("chip.c", "CLOCK_PERIPHERALS_CONTROL = PERIPHERALS_FROM_SYS;", "", "it runs at 0 baud, the line at 115200"),
    "another rate": ("uart_pl011.c", "DIVIDER_64THS / 64u", "DIVIDER_64THS / 32u", "baud, the line at 115200"),
    "a queue of one byte": ("uart_pl011.c", "LINE_8_BITS | LINE_QUEUES", "LINE_8_BITS", "its format is not 8 bits"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_what_silicon_would_not_forgive_is_not_forgiven(case: str, image: Path, objects: Path, tmp_path: Path) -> None:
    file, old, new, words = FAULTS[case]
    done = run(planted(file, old, new, image, objects, tmp_path), tmp_path)
    assert words in done.log
    assert b"echo" not in done.output


BROKEN = {
    "half a block": (lambda file: file[:-100], "bytes; expected blocks of 512"),
    "nothing": (lambda file: b"", "has 0 bytes"),
    "another chip's": (lambda file: file[:28] + b"\x57" + file[29:], "block 0: is not for an RP2040"),
    "no UF2 file": (lambda file: b"x" + file[1:], "block 0: is no block of UF2"),
    "a block twice": (lambda file: file + file[:512], "block 0: says it is 0 of"),
    "a block is missing": (lambda file: file[512:], "block 0: says it is 1 of"),
    "two blocks for one page": (lambda file: file[:524] + file[12:16] + file[528:], "block 1: address 0x10000000 is there twice"),
    "beyond the flash": (lambda file: file[:15] + b"\x11" + file[16:], "block 0: address 0x11000000 is not in the flash"),
    "between pages": (lambda file: file[:12] + b"\x04" + file[13:], "block 0: address 0x10000004 is not that of a page"),
    "a damaged second stage": (lambda file: file[:40] + bytes([file[40] ^ 1]) + file[41:], "no second stage with the right CRC-32"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_file_that_a_pico_would_not_take_ends_the_machine_before_it_starts(case: str, image: Path, tmp_path: Path) -> None:
    damage, words = BROKEN[case]
    path = tmp_path / "firmware.uf2"
    path.write_bytes(damage(image.with_suffix(".uf2").read_bytes()))
    done = run(path, tmp_path)
    assert done.output == b""
    assert words in done.log


@pytest.fixture
def echo(image: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EchoBoard]:
    with own_boards(monkeypatch):
        flashed = run_flash_script(image.parent, BOARD.id, image)
        assert flashed.returncode == 0, flashed.stderr
        board = EchoBoard.open(BOARD.id)
        yield board
        board.close()


def test_bytes_that_find_the_queue_full_are_lost_and_the_next_ones_are_heard(echo: EchoBoard) -> None:
    """As on silicon: the line waits for nobody.  The firmware looks away for 60 million cycles, and then starts its port again."""
    echo.port.write(ESCAPE + b"a" + b"x" * 400)
    echo.port.timeout = 1
    line = b""
    for _ in range(60):
        echo.port.write(b"y\n")
        line = echo.port.readline()
        if line:
            break
    assert line == b"y\n"
    assert "found UART0's queue full and is lost" in echo.emulator.log_tail()


def test_flashing_needs_the_uf2_file_and_the_package(image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = tmp_path / "firmware.elf"
    shutil.copy(image, alone)
    with own_boards(monkeypatch) as folder:
        assert "firmware.uf2: is missing" in run_flash_script(image.parent, BOARD.id, alone).stderr
        monkeypatch.setenv("MCU_CACHE_DIR", str(tmp_path / "empty"))
        assert "rp2040js-1.4.1/package is missing: mcu flash fetches it" in run_flash_script(image.parent, BOARD.id, image).stderr
        assert not list(folder.iterdir()), "nothing was started"


ROM_PROBE = """
import * as rom from %r;
import { RP2040 } from %r;
const chip = new RP2040();
const isOurs = rom.install(chip);
const { registers } = chip.core;
const PC = 15, LR = 14, BACK = 0x20001000;
let isDone;
chip.onBreak = () => { isDone = isOurs(registers[PC] - 2); };
/** Call code of the ROM, as firmware does, until it returns; null where a breakpoint in it is nobody's. */
const run = (address, ...given) => {
    registers.set(given);
    registers[LR] = BACK | 1;
    registers[PC] = address & ~1;
    isDone = true;
    for (let i = 0; registers[PC] !== BACK && i < 200; i++) chip.core.executeInstruction();
    return isDone ? registers[0] : null;
};
const half = (address) => new DataView(chip.bootrom.buffer).getUint16(address, true);
const find = (name) => run(half(0x18), half(0x14), name.charCodeAt(0) | (name.charCodeAt(1) << 8));
const call = (name, ...given) => run(find(name), ...given);
const said = { magic: String.fromCharCode(half(0x10) & 0xff, half(0x10) >> 8), ones: call('P3', 0xf0f0), zeros: call('L3', 1) };
chip.sram.fill(0, 0, 1024);
call('MS', 0x20000010, 7, 3);
call('MC', 0x20000100, 0x2000000f, 5);
said.copied = [...chip.sram.slice(0x100, 0x105)];
said.unknown = find('XX');
said.crc = rom.checksum(new TextEncoder().encode('123456789'));
console.log(JSON.stringify(said));
"""


def test_the_fake_of_the_boot_rom_has_a_table_with_four_functions() -> None:
    assert PACKAGE is not None
    package = installed(PACKAGE)
    assert package is not None
    script = ROM_PROBE % ((RUNNER / "fake_boot_rom.mjs").as_uri(), (package / "dist/esm/rp2040.js").as_uri())
    done = subprocess.run(["node", "--input-type=module", "-e", script], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == {
        "magic": "Mu",
        "ones": 8,
        "zeros": 31,
        "copied": [0, 7, 7, 7, 0],
        "unknown": 0,
        "crc": 0x0376E6E7,
    }
