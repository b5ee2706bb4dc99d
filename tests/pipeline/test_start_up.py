"""What runs between reset and readiness, counted on the emulated board."""

from __future__ import annotations

import itertools
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.build import build_project, compiler_of, elf_path, flash_project
from mcu_toolkit.device import Client, open_port
from mcu_toolkit.execution_counts import build_plugin, plugin_arguments, read_listing, read_trace
from mcu_toolkit.firmware import generate_project
from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.system.process import require_tool
from tests import small_models

pytestmark = pytest.mark.slow
MOST_INSTRUCTIONS = 1000
MOST_OF_THE_RUNTIME = 50


@pytest.fixture
def start_up(boards: Path, tmp_path: Path) -> Counter[str]:
    """Instructions of each function, from reset until the firmware waits for its host; the stack's painting is part of it."""
    board = load_board("netduinoplus2")
    project = generate_project([parse_model(small_models.convolution(), "m")], board, get_runtime("aot"), tmp_path / "project")
    build_project(project, board)
    listing = read_listing(elf_path(project), require_tool(compiler_of(board).program.replace("gcc", "objdump"), hint="binutils"))
    start, stop = listing.function_start("reset_handler"), listing.return_address("main", "firmware_start")
    counts = tmp_path / "counts"
    port = flash_project(project, board, emulator_arguments=plugin_arguments(build_plugin(), start, stop, counts))
    with closing(Client(open_port(port, board.serial.baud))) as client:
        client.handshake()
    trace = read_trace(counts)
    assert trace.runs == 1
    found = Counter[str]()
    for block in itertools.chain(*trace.parts):
        for instruction in listing.block(block.first, block.end):
            found[instruction.function] += block.count
    return found


def test_a_board_is_ready_after_few_instructions(start_up: Counter[str]) -> None:
    assert {"reset_handler", "firmware_start", "inference_init", "command_loop_send_boot_event"} <= set(start_up)
    assert start_up.total() < MOST_INSTRUCTIONS, start_up.most_common()
    assert start_up["inference_init"] < MOST_OF_THE_RUNTIME
