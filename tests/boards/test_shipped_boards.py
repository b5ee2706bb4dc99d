"""Every board that is shipped, checked at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mcu_toolkit.boards import Board, all_boards, load_board
from mcu_toolkit.runtimes import all_runtimes
from mcu_toolkit.system.resources import boards_dir, templates_dir

BOARDS = all_boards()


@pytest.fixture(params=BOARDS, ids=lambda board: board.id)
def board(request: pytest.FixtureRequest) -> Board:
    found: Board = request.param
    return found


def test_the_emulated_boards_are_all_here() -> None:
    wanted = {"host", "microbit", "mps2-an385", "mps2-an386", "mps2-an500", "mps2-an505", "mps3-an547", "netduinoplus2"}
    assert wanted | {"qemu-riscv32", "stm32vldiscovery"} <= {board.id for board in BOARDS if board.is_emulated}


def test_every_fact_has_a_source(board: Board) -> None:
    assert board.sources
    assert all(len(source) > 20 for source in board.sources)
    assert re.match(r"https://\S+$", board.url)


def test_sizes_are_those_of_a_microcontroller(board: Board) -> None:
    assert 8192 <= board.ram.length_bytes <= 64 << 20
    assert 65536 <= board.flash.length_bytes <= 64 << 20
    assert board.stack_bytes <= board.ram.length_bytes // 4, "the model needs room too"
    assert 0 <= board.clock_hz <= 1_000_000_000
    buffers = (board.link.window_frames + 1) * (board.link.max_payload_bytes + 16)
    assert buffers <= board.ram.length_bytes // 8


def test_what_the_board_is_compiled_with_is_there(board: Board) -> None:
    port = templates_dir() / "platforms" / board.firmware_platform
    assert list(port.glob("src/platform.c*"))
    if board.platformio.platform == "mcu_toolkit":
        assert board.core_facts.compiler is not None
        assert board.platformio.board == board.id
        assert (port / "board.json.j2").is_file()
    if board.firmware_platform == "baremetal":
        assert (port / f"src/uart_{board.serial.driver}.c").is_file()
        assert (port / board.core_family / "startup.c").is_file()
    assert list(port.glob(f"src/ticks_{board.ticks.driver}.c*"))
    assert board.default_runtime in {runtime.name for runtime in all_runtimes()}


def test_the_default_runtime_is_the_one_that_needs_no_library(board: Board) -> None:
    assert board.default_runtime == "aot", "real boards as emulated ones: what quantize makes, deploy takes"


def test_kernels_use_what_the_core_has(board: Board) -> None:
    assert board.instruction_set == board.core_facts.instruction_set.name


def test_qemu_counts_instructions_exactly() -> None:
    qemu = [board for board in BOARDS if board.emulator is not None and board.emulator.kind == "qemu"]
    assert {board.ticks.unit for board in qemu} == {"instructions"}
    assert not [board.id for board in qemu if not (board.ticks_per_count == 1 or board.ticks_per_count < 1 / 2)]


def test_two_boards_never_share_a_name() -> None:
    assert len({board.name for board in BOARDS}) == len(BOARDS)


def test_the_documentation_names_every_board_and_every_key() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/reference/emulated-boards.md").read_text(encoding="utf-8")
    keys = (boards_dir() / "README.md").read_text(encoding="utf-8")
    assert not [board.id for board in BOARDS if board.is_emulated and f"`{board.id}`" not in page]
    named = set(re.findall(r"`(\w+)`", keys)) | set(re.findall(r"\b(\w+)\b", " ".join(re.findall(r"`\{([^}]*)\}`", keys))))
    record = load_board("microbit")
    tables = [record, record.flash, record.serial, record.ticks, record.platformio, record.link, record.emulator]
    assert not {field for table in tables for field in vars(table)} - named - {"id"}
