"""The Arduino port's fault handler: which cores have it, and on emulated cores the way from the fault to the host's words.

The emulated boards run the port's own fault.c under the bare-metal start-up code: record, reset, send.  Under a real core
it ran by hand (docs/how-to/arduino.md).
"""

from __future__ import annotations

import dataclasses
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from elftools.elf.elffile import ELFFile

from mcu_toolkit.boards import Board, load_board
from mcu_toolkit.build import compiler_of
from mcu_toolkit.device import Emulator, FirmwareFaultError, find_emulator, open_port
from mcu_toolkit.device.link import Link
from mcu_toolkit.firmware import generate_project
from mcu_toolkit.model import Model, parse_model, read_model
from mcu_toolkit.pipeline.proof.device import run_on_device
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.protocol import FrameDecoder, encode_frame
from mcu_toolkit.protocol.framing import Frame, Item, Text
from mcu_toolkit.protocol.ids import EventType
from mcu_toolkit.protocol.messages import HelloRequest, InvokeRequest, RebootRequest, Request, WriteInputRequest
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.system.resources import templates_dir
from mcu_toolkit.validate import random_vectors
from tests.emulated import own_boards
from tests.planted import FlashedImage, Place, constants_of
from tests.platforms.echo_project import WARNINGS, run_flash_script
from tests.small_models import fully_connected

PORT = templates_dir() / "platforms/arduino/src"
MAIN = Path(__file__).with_name("arduino_fault_main.c")
UNDEFINED = b"\xff\xde" * 2
"""UDF #255 twice: Armv7-M ARM, A7.7.194."""
NONE = ("", "")
_PATIENCE_S = 30.0
_SILENCE_S = 1.0
"""On a machine that has much else to do a board pauses within an answer, too."""


@pytest.mark.parametrize(
    ("board_id", "macros", "handler"),
    [
        ("nucleo_f446re", ["ARDUINO_ARCH_STM32"], ("HardFault_Handler", ".noinit")),
        ("nucleo_l4r5zi", ["ARDUINO_ARCH_STM32"], ("HardFault_Handler", ".noinit")),
        ("disco_f746ng", ["ARDUINO_ARCH_STM32"], ("HardFault_Handler", ".noinit")),
        ("pico2", ["ARDUINO_ARCH_RP2040"], ("isr_hardfault", ".uninitialized_data")),
        ("pico", ["ARDUINO_ARCH_MBED", "ARDUINO_ARCH_RP2040"], NONE),
        ("nano33ble", ["ARDUINO_ARCH_MBED"], NONE),
        ("portenta_h7", ["ARDUINO_ARCH_MBED"], NONE),
        ("xiao_ble_sense", ["ARDUINO_ARCH_NRF52"], NONE),
        ("teensy41", ["ARDUINO_TEENSY41"], NONE),
    ],
)
def test_only_cores_that_leave_the_handler_to_others_get_one(
    board_id: str, macros: list[str], handler: tuple[str, str], tmp_path: Path
) -> None:
    board = load_board(board_id)
    project = generate_project([parse_model(fully_connected(), "m")], board, get_runtime("aot"), tmp_path / "p").folder
    made = tmp_path / "fault.o"
    command = [compiler_of(board).program, *compiler_of(board).flags, "-std=c99", "-O2", *WARNINGS, f"-I{project / 'src'}"]
    command += [*(f"-D{macro}" for macro in macros), "-c", str(project / "src/fault.c"), "-o", str(made)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    with made.open("rb") as stream:
        elf = ELFFile(stream)
        symbols = {symbol.name: symbol for symbol in elf.get_section_by_name(".symtab").iter_symbols()}
        handlers = {name for name in symbols if name.lower().startswith(("hardfault", "isr_"))}
        assert handlers == {handler[0]} - {""}
        if handlers:
            section = elf.get_section(symbols["mcu_fault_record"]["st_shndx"])
            assert (section.name, section["sh_type"]) == (handler[1], "SHT_NOBITS"), "nothing may load or clear it"
            assert (symbols["mcu_fault_record"]["st_value"] + section["sh_addralign"]) % 32 == 0, "whole lines of a cache"


def compiled(model: Model, board: Board, folder: Path) -> Path:
    """The firmware of a bare-metal board with the Arduino port's fault.c instead of its own."""
    sources_folder = generate_project([model], board, get_runtime("aot"), folder / "project").folder / "src"
    for name in ("fault.c", "fault.h"):
        (sources_folder / name).write_bytes((PORT / name).read_bytes())
    (sources_folder / "main.c").write_bytes(MAIN.read_bytes())
    row = compiler_of(board)
    elf = folder / "firmware.elf"
    sources = [str(path) for path in sorted(sources_folder.glob("*.c")) if path.name != "fault_report.c"]
    command = [row.program, "-std=c99", "-O2", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections", *row.flags]
    command += ["-Wall", "-Wextra", "-Werror", "-DINFERENCE_TRACK_LAYER=1", "-DARDUINO_ARCH_STM32", *row.link_flags]
    built = subprocess.run(
        [*command, "-T", str(folder / "project/linker.ld"), *sources, "-o", str(elf)], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    return elf


def start(model: Model, board: Board, folder: Path) -> Emulator:
    flashed = run_flash_script(folder / "project", board.platformio.board, compiled(model, board, folder))
    assert flashed.returncode == 0, flashed.stderr
    emulator = find_emulator(board.id)
    assert emulator is not None
    return emulator


def crash(model: Model, board: Board, emulator: Emulator) -> FirmwareFaultError:
    with pytest.raises(FirmwareFaultError) as caught:
        run_on_device(model, random_vectors(model, 2, 0), board, str(emulator.tty), Silent())
    return caught.value


def place_of(image: FlashedImage, marker: str) -> Place:
    return next(place for place in constants_of(image.path, marker) if "_k_" not in place.symbol and "_layer_" not in place.symbol)


def told(link: Link, *, first_s: float = _PATIENCE_S) -> list[str]:
    """Events and text that arrive until the board has been silent for a while; replies are left out.

    The first byte may take `first_s`.
    """
    decoder, items = FrameDecoder(), list[Item]()
    wait_s = first_s
    while data := link.read(wait_s):
        items += decoder.feed(data)
        wait_s = _SILENCE_S
    events, found = {event.value: event.name for event in EventType}, list[str]()
    for item in (*items, *decoder.take_text()):
        if isinstance(item, Frame):
            found.append(events.get(item.type_id, ""))
        elif isinstance(item, Text):
            found += item.text.split("\n")
    return [line for line in found if line.strip()]


def ask(link: Link, *requests: Request[Any]) -> list[str]:
    """What is reported after these, in a session of their own."""
    found = []
    for number, request in enumerate((HelloRequest(), *requests)):
        link.write(encode_frame(request.type_id, number, request.pack()))
        found += told(link)
    return found


def heard(emulator: Emulator, board: Board) -> list[str]:
    """What the board sends after its power is switched on."""
    with closing(open_port(str(emulator.tty), board.serial.baud)) as link:
        emulator.reset()
        return told(link)


@pytest.fixture(autouse=True)
def state(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with own_boards(monkeypatch) as folder:
        yield folder


@pytest.mark.slow
@pytest.mark.parametrize("board_id", ["microbit", "netduinoplus2", "mps2-an500"])
def test_a_fault_is_told_after_the_restart_with_function_and_layer(board_id: str, digits_int8: Path, tmp_path: Path) -> None:
    board, model = load_board(board_id), read_model(digits_int8)
    emulator = start(model, board, tmp_path)
    run_on_device(model, random_vectors(model, 1, 0), board, str(emulator.tty), Silent())
    image = FlashedImage(emulator)
    place = place_of(image, "conv_2d")
    image.overwrite((place.file_offset + 1) & ~1, UNDEFINED)
    fault = crash(model, board, emulator)
    assert (fault.fault.kind, fault.fault.status) == (3, 0 if board_id == "microbit" else 0x10000)
    assert "CONV_2D" in model.main.ops[fault.fault.layer].name
    assert place.symbol in str(fault)
    with closing(open_port(str(emulator.tty), board.serial.baud)) as link:
        told(link, first_s=_SILENCE_S)  # the restart may have said its words before the port was open
        assert ask(link, WriteInputRequest(0, 0, bytes(64)), InvokeRequest(0)) == ["FAULT", "BOOT", "after a fault"]
        assert ask(link, RebootRequest()) == ["BOOT", "no fault"], "a fault is reported once"
    assert heard(emulator, board) == ["BOOT", "no fault"], "random memory after power-on is no record"


@pytest.mark.slow
def test_a_stack_that_could_not_take_the_frame_is_called_so(digits_int8: Path, tmp_path: Path) -> None:
    board = dataclasses.replace(load_board("netduinoplus2"), stack_bytes=160)
    model = read_model(digits_int8)
    assert "stack overflow" in str(crash(model, board, start(model, board, tmp_path)))


@pytest.mark.slow
def test_a_firmware_that_faults_in_every_start_stops_after_three(digits_int8: Path, tmp_path: Path) -> None:
    board, model = load_board("netduinoplus2"), read_model(digits_int8)
    emulator = start(model, board, tmp_path)
    image = FlashedImage(emulator)
    place = place_of(image, "firmware_start")
    image.overwrite((place.file_offset + 1) & ~1, UNDEFINED)
    assert heard(emulator, board) == ["FAULT", "FAULT"]
