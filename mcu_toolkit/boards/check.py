"""Consistency checks of a board's facts.  They run when a board is loaded, so that no later stage has to check."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from pathlib import Path, PurePath
from types import MappingProxyType

from mcu_toolkit.boards.board import OWN_PLATFORM, SENSOR_KINDS, Board, MemoryRegion
from mcu_toolkit.boards.core_table import CORES
from mcu_toolkit.boards.emulator_table import EMULATOR_KINDS
from mcu_toolkit.errors import InputError
from mcu_toolkit.system.resources import templates_dir
from mcu_toolkit.system.sinks import c_section, ini_line, ini_lines, ini_name

# It is a file name, a C string, a PlatformIO environment and a string of the protocol (31 bytes there).
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,30}")
_PIO_BOARD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_PIO_FRAMEWORK = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9_-]*(?:, ?[A-Za-z0-9][A-Za-z0-9_-]*)*)?")
_OWN_PORTS = MappingProxyType({"arduino": "arduino", "host": "stdio"})
"""The value of serial.driver for a firmware platform with one port and no driver file: Serial, standard input and output."""
_USB_ID = re.compile(r"[0-9a-f]{4}:[0-9a-f]{4}")
_ADDRESSES = 1 << 32
_MEMORY_BYTES_MAX = 1 << 30
_STACK_BYTES_MIN = 512
_ICOUNT_SHIFT_MAX = 10  # QEMU refuses more
_PIN_MAX = 255  # what the cores of Arduino number fits into a byte
_WAIT_STATES_MAX = 64
_QEMU = "qemu-system-"
_PAYLOAD_BYTES = (128, 32768)  # docs/protocol.md; firmware_templates/common/src/requests.c refuses others
_WINDOW_FRAMES = (1, 64)  # firmware_templates/common/src/command_loop.h


def check_board(board: Board, path: Path) -> None:
    """Raise InputError, naming `path` and the key, for the first fact that cannot be."""
    for check in (
        _check_core,
        _check_texts,
        _check_platformio,
        _check_memory,
        _check_numbers,
        _check_emulator,
        _check_ticks,
        _check_drivers,
        _check_sensors,
        _check_usb_ids,
    ):
        check(board, _Refusal(path))


class _Refusal:
    """Makes the errors: they all look the same."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def unless(self, good: bool, key: str, value: object, expected: str) -> None:
        """Raise InputError about `key` unless `good`."""
        if not good:
            raise InputError(f"key '{key}' is {value}", on=self._path, expected=expected)

    def unless_known(self, kind: str, key: str, value: str, known: Iterable[str]) -> None:
        """Raise InputError unless `value` is one of `known`."""
        names = sorted(known)
        self.unless(value in names, key, f"'{value}'", f"{kind}: {', '.join(names) if names else 'there is none'}")


def _check_core(board: Board, refuse: _Refusal) -> None:
    """First of all: what else is checked depends on the core."""
    refuse.unless_known("a core that the toolkit knows", "core", board.core, CORES)
    has = board.core_facts.instruction_set.variants
    refuse.unless_known(f"what the core {board.core} has", "instruction_set", board.instruction_set, has)


def _check_texts(board: Board, refuse: _Refusal) -> None:
    refuse.unless(_ID.fullmatch(board.id) is not None, "id", f"'{board.id}'", "1 to 31 of a-z, 0-9, _ and -, a letter or digit first")
    for key in ("name", "vendor", "url", "mcu"):
        text = getattr(board, key)
        # They are written into comments of C and of linker scripts.
        fine = text.isprintable() and text.strip() != "" and "*/" not in text and "/*" not in text
        refuse.unless(fine, key, repr(text), "one line of text without /* and */")


def _check_platformio(board: Board, refuse: _Refusal) -> None:
    """These are written into platformio.ini, and one of them names a file."""
    names = board.platformio
    for key, pattern, expected in (
        ("board", _PIO_BOARD, "PlatformIO's id of a board: letters, digits, _, . and -"),
        ("framework", _PIO_FRAMEWORK, "a framework of PlatformIO: letters, digits, _ and -, several with commas; or nothing"),
    ):
        text = getattr(names, key)
        refuse.unless(pattern.fullmatch(text) is not None, f"platformio.{key}", repr(text), expected)
    _refuse_unwritable("platformio.platform", lambda: ini_line(names.platform), refuse)
    refuse.unless(names.platform.strip() != "", "platformio.platform", "empty", "a development platform of PlatformIO")
    for name, value in names.options:
        _refuse_unwritable(f"platformio.options.{name}", functools.partial(ini_lines, value), refuse)
        _refuse_unwritable("platformio.options", functools.partial(ini_name, name), refuse)
    _refuse_unwritable("tflm_library", lambda: ini_line(board.tflm_library), refuse)
    if board.constants_section:
        _refuse_unwritable("constants_section", lambda: c_section(board.constants_section), refuse)


def _refuse_unwritable(key: str, written: Callable[[], object], refuse: _Refusal) -> None:
    """`refuse` with what the function of a sink has to say."""
    try:
        written()
    except InputError as error:
        refuse.unless(False, key, f"{error.on}, which {error.what}", str(error.expected))


def _check_memory(board: Board, refuse: _Refusal) -> None:
    is_host = board.core_facts.is_host  # its sizes are limits, not places
    for key, memory in (("flash", board.flash), ("ram", board.ram)):
        size, end = memory.length_bytes, memory.origin + memory.length_bytes
        refuse.unless(0 < size <= _MEMORY_BYTES_MAX, f"{key}.length_bytes", f"{size:,}", f"1 to {_MEMORY_BYTES_MAX:,}")
        refuse.unless(memory.origin >= 0 and end <= _ADDRESSES, f"{key}.origin", hex(memory.origin), "a memory within 32-bit addresses")
        refuse.unless(memory.origin % 8 == 0, f"{key}.origin", hex(memory.origin), "a multiple of 8")
    refuse.unless(
        is_host or not _overlap(board.flash, board.ram),
        "ram",
        _range_text(board.ram),
        f"a memory that does not overlap flash, {_range_text(board.flash)}",
    )
    fits = _STACK_BYTES_MIN <= board.stack_bytes < board.ram.length_bytes
    refuse.unless(fits, "stack_bytes", f"{board.stack_bytes:,}", f"at least {_STACK_BYTES_MIN}, less than RAM, {board.ram.length_bytes:,}")
    refuse.unless(board.stack_bytes % 8 == 0, "stack_bytes", f"{board.stack_bytes:,}", "a multiple of 8")


def _overlap(a: MemoryRegion, b: MemoryRegion) -> bool:
    return a.origin < b.origin + b.length_bytes and b.origin < a.origin + a.length_bytes


def _range_text(memory: MemoryRegion) -> str:
    return f"{memory.origin:#010x} to {memory.origin + memory.length_bytes - 1:#010x}"


def _check_numbers(board: Board, refuse: _Refusal) -> None:
    def check(key: str, value: int, least: int, most: int) -> None:
        refuse.unless(least <= value <= most, key, f"{value:,}", f"{least:,} to {most:,}")

    check("clock_hz", board.clock_hz, 0, 10**10)
    check("serial.baud", board.serial.baud, 300, 12_000_000)
    check("serial.base_address", board.serial.base_address, 0, _ADDRESSES - 1)
    check("serial.irq", board.serial.irq, -1, 1023)
    check("ticks.base_address", board.ticks.base_address, 0, _ADDRESSES - 1)
    check("ticks.clock_hz", board.ticks.clock_hz, 0, 10**10)
    if board.flash_timing is not None:
        check("flash_timing.wait_states", board.flash_timing.wait_states, 0, _WAIT_STATES_MAX)
    check("program_bytes", board.program_bytes, 0, board.flash.length_bytes)
    if board.core_share is not None:
        check("core_share.flash_bytes", board.core_share.flash_bytes, 0, board.flash.length_bytes)
        check("core_share.ram_bytes", board.core_share.ram_bytes, 0, board.ram.length_bytes)
        refuse.unless(board.core_share.source.strip() != "", "core_share.source", "empty", "where the figures come from, with a date")
    check("trigger_pin", board.trigger_pin, -1, _PIN_MAX)
    check("link.max_payload_bytes", board.link.max_payload_bytes, *_PAYLOAD_BYTES)
    check("link.window_frames", board.link.window_frames, *_WINDOW_FRAMES)


def _check_emulator(board: Board, refuse: _Refusal) -> None:
    emulator = board.emulator
    if emulator is None:
        refuse.unless(
            not board.platformio.is_own,
            "emulator",
            "missing",
            f"one of kind {', '.join(EMULATOR_KINDS)}: {OWN_PLATFORM} flashes into nothing else",
        )
        return
    kind = emulator.facts
    for key, value, wanted in (("program", emulator.program, kind.needs_program), ("machine", emulator.machine, kind.names_machine)):
        refuse.unless((value != "") == wanted, f"emulator.{key}", f"'{value}'", f"{'a name' if wanted else 'nothing'} for kind {kind.name}")
    fits = kind.runs_on_host == board.core_facts.is_host
    kinds = ", ".join(other.name for other in EMULATOR_KINDS.values() if other.runs_on_host == board.core_facts.is_host)
    refuse.unless(fits, "emulator.kind", f"'{emulator.kind}'", f"{kinds}, as core is {board.core}")
    target = PurePath(emulator.program).name.removesuffix(".exe").removeprefix(_QEMU)
    if _QEMU in emulator.program:  # another program may be whatever it is
        targets = board.core_facts.family.qemu_targets
        expected = f"QEMU for the core {board.core}: {_QEMU}{targets[0]}"
        refuse.unless(target in targets, "emulator.program", f"'{emulator.program}'", expected)
    in_range = 0 <= emulator.icount_shift <= _ICOUNT_SHIFT_MAX
    refuse.unless(in_range, "emulator.icount_shift", emulator.icount_shift, f"0 to {_ICOUNT_SHIFT_MAX}")


def _check_ticks(board: Board, refuse: _Refusal) -> None:
    """A counter is exact if it counts more than twice an instruction: it is read with an error of less than one count."""
    if board.ticks.clock_hz == 0:
        return
    convertible = board.emulator is not None and board.ticks.unit == "instructions"
    refuse.unless(convertible, "ticks.clock_hz", f"{board.ticks.clock_hz:,}", "0, unless an emulated board counts instructions")
    refuse.unless(
        board.ticks_per_count * 2 < 1,
        "ticks.clock_hz",
        f"{board.ticks.clock_hz:,}, which is {float(1 / board.ticks_per_count):.2f} counts an instruction",
        "more than 2, to tell instructions apart; raise emulator.icount_shift",
    )


def _check_drivers(board: Board, refuse: _Refusal) -> None:
    platforms = templates_dir() / "platforms"
    names = [path.name for path in platforms.iterdir() if path.is_dir()]
    refuse.unless_known("a firmware platform", "firmware_platform", board.firmware_platform, names)
    folder = platforms / board.firmware_platform
    refuse.unless_known(f"a counter of {board.firmware_platform}", "ticks.driver", board.ticks.driver, _drivers(folder, "ticks"))
    is_host = board.core_facts.is_host
    fits = (board.firmware_platform == "host") == is_host
    refuse.unless(fits, "firmware_platform", f"'{board.firmware_platform}'", f"{'host' if is_host else 'another'}, as core is {board.core}")
    own = _OWN_PORTS.get(board.firmware_platform)
    uarts = _drivers(folder, "uart") if own is None else [own]
    refuse.unless_known(f"a UART driver of {board.firmware_platform}", "serial.driver", board.serial.driver, uarts)
    if board.chip:
        refuse.unless_known(f"a chip of {board.firmware_platform}", "chip", board.chip, _chips(folder))
    if board.trigger_pin >= 0:
        pulses = any("platform_trigger(" in path.read_text(encoding="utf-8") for path in folder.rglob("platform.c*"))
        refuse.unless(pulses, "trigger_pin", board.trigger_pin, f"no such key: the platform {board.firmware_platform} drives no pin")


def _chips(platform: Path) -> list[str]:
    folder = platform / "chips"
    return [path.name for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []


def _check_usb_ids(board: Board, refuse: _Refusal) -> None:
    for usb_id in board.usb_ids:
        refuse.unless(
            _USB_ID.fullmatch(usb_id) is not None, "usb_ids", f"'{usb_id}'", "vendor:product in small hexadecimal digits, 2341:805a"
        )


def _check_sensors(board: Board, refuse: _Refusal) -> None:
    folder = templates_dir() / "sensors" / "drivers"
    for kind in SENSOR_KINDS:
        driver = getattr(board.sensors, kind)
        if driver:
            refuse.unless_known(f"a driver for the {kind}", f"sensors.{kind}", driver, _drivers(folder, kind))


def _drivers(folder: Path, kind: str) -> list[str]:
    return [path.stem.removeprefix(f"{kind}_") for path in folder.rglob(f"{kind}_*") if path.suffix in (".c", ".cpp")]
