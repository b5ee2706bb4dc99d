"""`mcu boards new`: a custom board file, from a PlatformIO manifest, a known board, or options."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from mcu_toolkit.boards import Board, Link, MemoryRegion, PlatformIO, Sensors, Serial, Ticks, load_board
from mcu_toolkit.boards.core_table import CORES, device_cores
from mcu_toolkit.boards.load import load_board_file
from mcu_toolkit.boards.manifest import Manifest, read_manifest
from mcu_toolkit.boards.trust import own_programs
from mcu_toolkit.boards.write import render_board
from mcu_toolkit.build.core_dir import core_dir
from mcu_toolkit.errors import InputError, UnknownNameError
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.runtimes import DEFAULT_RUNTIME
from mcu_toolkit.system.files import temporary_folder, write_text
from mcu_toolkit.system.sinks import shell_command

_STACK_BYTES: Final = 4096
_SMALL_WINDOW: Final = Link(max_payload_bytes=128, window_frames=1)
"""For receive buffers of 64 bytes up: the host then never sends before it was answered."""
_SIZE = re.compile(r"(?P<number>0x[0-9a-f]+|[0-9][0-9_]*)(?P<unit>k|m)?(ib|b)?", re.IGNORECASE)

Ask = Callable[[str, str], str]
"""(option, what it is) -> the user's answer."""


@dataclass(frozen=True)
class BoardFacts:
    """What the user said on the command line; "" where nothing."""

    manifest: str = ""
    """A file, or PlatformIO's id of a board whose platform is installed."""
    like: str = ""
    name: str = ""
    mcu: str = ""
    core: str = ""
    clock: str = ""
    flash: str = ""
    ram: str = ""
    flash_origin: str = ""
    ram_origin: str = ""
    platform: str = ""
    pio_board: str = ""


_QUESTIONS: Final = {
    "mcu": "the part, e.g. STM32F411RE",
    "core": f"one of {', '.join(device_cores())}",
    "clock": "the core's clock in Hz, e.g. 100000000",
    "flash": "bytes of flash for the program, e.g. 512K",
    "ram": "bytes of RAM, e.g. 128K",
    "flash_origin": "address of the flash, e.g. 0x08000000",
    "ram_origin": "address of the RAM, e.g. 0x20000000",
    "platform": "PlatformIO's platform, with a version: ststm32@^19.0.0",
    "pio_board": "PlatformIO's id of the board",
}
"""What a board of the Arduino platform needs, by field of BoardFacts."""


@dataclass(frozen=True)
class NewBoard:
    """What `mcu boards new` wrote."""

    board: str
    file: Path


def new_board(board_id: str, folder: Path, facts: BoardFacts, *, ask: Ask | None, force: bool) -> StepResult[NewBoard]:
    """Write `<board_id>.toml` into `folder`, checked as every board file is; `ask` is called for what is missing.

    Raises InputError naming all that is missing where nobody can be asked, and for a file that exists, unless `force`.
    """
    path = folder / f"{board_id}.toml"
    if path.exists() and not force:
        raise InputError("exists", on=path, expected="a new file", hint="another id, or --force")
    board = _like(board_id, facts) if facts.like else _arduino(board_id, facts, ask)
    text = render_board(board)
    with temporary_folder() as scratch:
        write_text(scratch / path.name, text)
        loaded = _checked(scratch / path.name, path)
    assert loaded == board, "what is read is what was written"
    write_text(path, text)
    lines = (f"board file: {path}", *text.rstrip().splitlines(), "", "checked: it loads, and its facts fit together; not tried on hardware")
    words = ("boards", "trust") if any(own_programs(board)) else ("deploy", "MODEL.tflite", "--board")
    command = shell_command("mcu", *words, path)
    return StepResult("boards", lines, NewBoard(board.id, path), next_command=command)


def _checked(scratch: Path, path: Path) -> Board:
    try:
        return load_board_file(scratch)
    except InputError as error:  # about the user's file, not ours
        raise InputError(error.what, on=path, expected=error.expected, hint="mcu boards new --help; boards/README.md") from None


def _like(board_id: str, facts: BoardFacts) -> Board:
    """A copy of a known board, other numbers where given."""
    base = load_board(facts.like)
    changed = {name: value for name in ("name", "mcu", "core") if (value := getattr(facts, name))}
    flash = _region(base.flash, facts.flash_origin, facts.flash, "flash")
    ram = _region(base.ram, facts.ram_origin, facts.ram, "ram")
    clock_hz = _size(facts.clock, "--clock") if facts.clock else base.clock_hz
    timing = base.flash_timing if clock_hz == base.clock_hz and not facts.mcu else None
    platformio = replace(
        base.platformio, platform=facts.platform or base.platformio.platform, board=facts.pio_board or _pio_board(base, board_id)
    )
    said = ", ".join(sorted(name for name, value in vars(facts).items() if value and name != "like"))
    sources = (f"as board {base.id}{f'; given on the command line: {said}' if said else ''}", *base.sources)
    if facts.core:
        _require_core(facts.core)
        changed["instruction_set"] = CORES[facts.core].instruction_set.name
    board = replace(base, id=board_id, flash=flash, ram=ram, clock_hz=clock_hz, flash_timing=timing, platformio=platformio, sources=sources)
    return replace(board, **changed)


def _pio_board(base: Board, board_id: str) -> str:
    """Boards of our own platform are described inside each project, under the board's own id."""
    return board_id if base.platformio.is_own else base.platformio.board


def _region(base: MemoryRegion, origin: str, length: str, option: str) -> MemoryRegion:
    return MemoryRegion(
        _size(origin, f"--{option}-origin") if origin else base.origin, _size(length, f"--{option}") if length else base.length_bytes
    )


def _arduino(board_id: str, facts: BoardFacts, ask: Ask | None) -> Board:
    """A board whose Arduino core does what is the board's own: clocks, pins, the serial port."""
    manifest = read_manifest(_manifest_path(facts.manifest)) if facts.manifest else None
    known = _complete(facts, manifest, ask)
    core = known["core"]
    _require_core(core)
    stm32 = known["mcu"].upper().startswith("STM32") and not (manifest is not None and manifest.native_usb)
    esp32 = known["mcu"].upper().startswith("ESP32")
    said = ", ".join(sorted(name for name, value in vars(facts).items() if value and name != "manifest"))
    return Board(
        id=board_id,
        name=facts.name or (manifest.name if manifest else board_id),
        vendor=(manifest.vendor if manifest else "") or "unknown",
        url=(manifest.url if manifest else "") or "unknown",
        mcu=known["mcu"],
        core=core,
        instruction_set=CORES[core].instruction_set.name,
        clock_hz=_size(known["clock"], "--clock"),
        flash=MemoryRegion(_size(known["flash_origin"], "--flash-origin"), _size(known["flash"], "--flash")),
        ram=MemoryRegion(_size(known["ram_origin"], "--ram-origin"), _size(known["ram"], "--ram")),
        stack_bytes=2 * _STACK_BYTES if esp32 else _STACK_BYTES,
        firmware_platform="arduino",
        # The core's receive buffer must hold the protocol's window; the port itself enlarges that of an ESP32.
        platformio=PlatformIO(
            known["platform"], known["pio_board"], "arduino", (("build_flags", "-DSERIAL_RX_BUFFER_SIZE=1024"),) if stm32 else ()
        ),
        serial=Serial(driver="arduino", baud=115200),
        ticks=_ticks(core),
        default_runtime=DEFAULT_RUNTIME,
        link=Link() if stm32 or esp32 else _SMALL_WINDOW,
        sensors=Sensors(),
        sources=(*(manifest.sources if manifest else ()), *([f"given on the command line: {said}"] if said else [])),
        notes="Made by mcu boards new; not tried on hardware by the toolkit's authors.",
    )


def _require_core(core: str) -> None:
    if core not in device_cores():
        raise UnknownNameError("core", core, device_cores())


def _ticks(core: str) -> Ticks:
    driver = CORES[core].arduino_counter
    return Ticks(driver=driver, unit="us" if driver == "micros" else "cycles")


def _complete(facts: BoardFacts, manifest: Manifest | None, ask: Ask | None) -> Mapping[str, str]:
    """Every answer of _QUESTIONS: from the command line, else the manifest, else the user; raises InputError naming what is missing."""
    known = {key: getattr(facts, key) or _from_manifest(key, manifest) for key in _QUESTIONS}
    missing = [key for key, value in known.items() if not value]
    if missing and ask is None:
        options = "\n".join(f"    --{key.replace('_', '-'):13} {_QUESTIONS[key]}" for key in missing)
        raise InputError(
            f"these facts are missing:\n{options}",
            on=manifest.path if manifest else "mcu boards new",
            expected="an option for each",
            hint="--from-platformio ID or FILE.json reads most of them; --like BOARD copies a known board",
        )
    for key in missing:
        assert ask is not None
        known[key] = ask(f"--{key.replace('_', '-')}", _QUESTIONS[key])
    return known


def _from_manifest(key: str, manifest: Manifest | None) -> str:
    if manifest is None:
        return ""
    values: dict[str, str | int | None] = {
        "mcu": manifest.mcu,
        "core": manifest.core,
        "clock": manifest.clock_hz,
        "flash": manifest.flash_bytes,
        "ram": manifest.ram_bytes,
        "flash_origin": manifest.flash_origin,
        "ram_origin": manifest.ram_origin,
        "platform": manifest.platform,
        "pio_board": manifest.board,
    }
    return "" if values[key] is None else str(values[key])


def _manifest_path(given: str) -> Path:
    """The file given, or that of a board with this id in the platforms PlatformIO has installed."""
    if given.endswith(".json"):
        return Path(given)
    folders = sorted((core_dir() / "platforms").glob("*/boards"))
    found = [path for folder in folders if (path := folder / f"{given}.json").is_file()]
    if not found:
        raise InputError(
            f"no installed PlatformIO platform has a board '{given}'",
            on=core_dir() / "platforms",
            expected="an id that `pio boards --installed` lists, or the path of a boards/<id>.json",
            hint="pio pkg install --global --platform NAME",
        )
    return found[-1]


def _size(text: str, option: str) -> int:
    """Bytes, Hz or an address: decimal or 0x..., with K or M for 1024 and 1024 x 1024."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise InputError(f"{option} is '{text}'", expected="a number: 131072, 128K, 1M or 0x20000000")
    number = int(match["number"].replace("_", ""), 16 if match["number"].lower().startswith("0x") else 10)
    return number << {"k": 10, "m": 20}.get((match["unit"] or "").lower(), 0)
