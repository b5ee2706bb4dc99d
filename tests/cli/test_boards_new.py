"""`mcu boards new`: board files that users make."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from mcu_toolkit.boards import Link, MemoryRegion
from mcu_toolkit.boards.load import load_board_file
from tests.cli.in_process import mcu_here, succeed_here
from tests.cli.running import COMMAND, assert_refused, mcu, succeed

MANIFEST = {
    "build": {"cpu": "cortex-m4", "f_cpu": "100000000L", "mcu": "stm32f411ceu6"},
    "frameworks": ["arduino"],
    "name": "Some F411 board",
    "upload": {"maximum_ram_size": 131072, "maximum_size": 524288},
    "url": "https://example.org/f411",
    "vendor": "Somebody",
}
ARGUMENTS = {
    "--mcu": "STM32F411CE", "--core": "cortex-m4f", "--clock": "100000000", "--flash": "512K", "--ram": "128K",
    "--flash-origin": "0x08000000", "--ram-origin": "0x20000000", "--platform": "ststm32@^19.0.0", "--pio-board": "blackpill_f411ce",
}  # fmt: skip
WORDS = [word for pair in ARGUMENTS.items() for word in pair]


def write_manifest(folder: Path, **changes: object) -> Path:
    path = folder / "ststm32" / "boards" / "f411.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({**MANIFEST, **changes}))
    (folder / "ststm32" / "platform.json").write_text('{"name": "ststm32", "version": "19.6.0"}')
    return path


def test_a_manifest_of_platformio_is_enough(here: Path, tiny: Path) -> None:
    outcome = succeed_here("boards", "new", "mine", "--from-platformio", write_manifest(here), "--json", "r.json")
    board = load_board_file(here / "mine.toml")
    assert (board.name, board.vendor, board.mcu, board.core) == ("Some F411 board", "Somebody", "STM32F411CEU6", "cortex-m4f")
    assert (board.flash, board.ram) == (MemoryRegion(0x08000000, 524288), MemoryRegion(0x20000000, 131072))
    assert (board.clock_hz, board.instruction_set, board.link) == (100_000_000, "dsp", Link())
    assert (board.platformio.platform, board.platformio.board, board.platformio.framework) == ("ststm32@^19.6.0", "f411", "arduino")
    assert any("boards/f411.json of platform ststm32@^19.6.0" in source for source in board.sources)
    assert "next: mcu deploy MODEL.tflite --board mine.toml" in outcome.stdout
    assert json.loads(Path("r.json").read_text())["file"] == "mine.toml"
    succeed_here("generate", tiny, "--board", "mine.toml", "-o", "project")
    assert "board = f411\nframework = arduino\n" in Path("project/platformio.ini").read_text()


def test_a_board_with_its_own_usb_is_asked_less_at_a_time(here: Path) -> None:
    upload = {**MANIFEST["upload"], "use_1200bps_touch": True, "offset_address": "0x08040000"}  # type: ignore[dict-item]
    succeed_here("boards", "new", "usb", "--from-platformio", write_manifest(here, upload=upload))
    board = load_board_file(here / "usb.toml")
    assert board.link == Link(128, 1)
    assert board.flash.origin == 0x08040000, "behind the boot loader"


def test_an_id_is_looked_up_in_the_platforms_that_are_installed(here: Path) -> None:
    core = here / "core"
    write_manifest(core / "platforms")
    succeed("boards", "new", "mine", "--from-platformio", "f411", env={"PLATFORMIO_CORE_DIR": str(core)})
    assert load_board_file(here / "mine.toml").mcu == "STM32F411CEU6"
    outcome = mcu("boards", "new", "other", "--from-platformio", "f412", env={"PLATFORMIO_CORE_DIR": str(core)})
    assert "no installed PlatformIO platform has a board 'f412'" in outcome.error
    assert outcome.exit_code == 2


def test_a_board_on_a_known_core_and_uart_is_built_and_runs(here: Path, tiny: Path) -> None:
    succeed_here("boards", "new", "small", "--like", "netduinoplus2", "--flash", "64K", "--ram", "32K", "--name", "Small board")
    board = load_board_file(here / "small.toml")
    assert (board.name, board.flash.length_bytes, board.ram.length_bytes) == ("Small board", 65536, 32768)
    outcome = succeed_here("deploy", tiny, "--board", "small.toml", "-o", "out", "--random", "2")
    assert "verdict: pass - small computes exactly what tflm does" in outcome.stdout


def test_what_is_missing_is_named(here: Path) -> None:
    words = [word for pair in ARGUMENTS.items() if pair[0] not in ("--ram", "--core") for word in pair]
    outcome = mcu_here("boards", "new", "mine", *words)
    assert outcome.exit_code == 2
    assert "these facts are missing:\n    --core " in outcome.error
    assert "\n    --ram " in outcome.error
    assert "--flash " not in outcome.error
    assert list(here.iterdir()) == []


def test_what_is_missing_is_asked_for_at_a_terminal(here: Path) -> None:
    words = [word for pair in ARGUMENTS.items() if pair[0] not in ("--ram", "--core") for word in pair]
    host, terminal = pty.openpty()
    child = subprocess.Popen([*COMMAND, "boards", "new", "mine", *words], stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    os.write(host, b"cortex-m3\n96K\n")
    _, errors = child.communicate(timeout=60)
    os.close(host)
    os.close(terminal)
    assert child.returncode == 0, errors
    assert b"(--core):" in errors
    board = load_board_file(here / "mine.toml")
    assert (board.core, board.instruction_set, board.ram.length_bytes) == ("cortex-m3", "portable", 98304)


def test_an_existing_file_is_kept(here: Path) -> None:
    (here / "mine.toml").write_text("mine\n")
    outcome = mcu_here("boards", "new", "mine", *WORDS)
    assert_refused(outcome, 2, "error: mine.toml: exists\n  expected: a new file\n  try: another id, or --force")
    assert (here / "mine.toml").read_text() == "mine\n"
    succeed_here("boards", "new", "mine", *WORDS, "--force")
    assert load_board_file(here / "mine.toml").mcu == "STM32F411CE"


@pytest.mark.parametrize(
    ("option", "value", "complaint"),
    [
        ("--ram", "lots", "--ram is 'lots'"),
        ("--ram", "100", "key 'stack_bytes' is 4,096"),
        ("--ram-origin", "0x08000000", "key 'ram' is 0x08000000 to 0x0801ffff"),
        ("--core", "cortex-m99", "unknown core 'cortex-m99'"),
        ("--mcu", "*/", "key 'mcu' is '*/'"),
    ],
)
def test_facts_that_cannot_be_are_refused_and_nothing_is_written(here: Path, option: str, value: str, complaint: str) -> None:
    outcome = mcu_here("boards", "new", "mine", *WORDS, option, value)
    assert complaint in outcome.error
    assert "Traceback" not in outcome.stderr
    assert outcome.exit_code == 2
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("content", ["{", "[]", '{"build": {}}'])
def test_what_is_no_manifest_is_refused(here: Path, content: str) -> None:
    (here / "b.json").write_text(content)
    outcome = mcu_here("boards", "new", "mine", "--from-platformio", "b.json")
    assert outcome.error.startswith("error: b.json: ")
    assert outcome.exit_code == 2


def test_an_id_that_is_no_id_is_refused(here: Path) -> None:
    outcome = mcu_here("boards", "new", "My Board", *WORDS)
    assert "key 'id' is 'My Board'" in outcome.error
    assert list(here.iterdir()) == []
