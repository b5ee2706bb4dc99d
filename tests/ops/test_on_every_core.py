"""A fixed sample of all operators on an emulated board of each instruction set: the outputs equal the golden's byte for byte."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.build import flash_project
from mcu_toolkit.device import Client, open_port
from mcu_toolkit.firmware import generate_project
from mcu_toolkit.runners import DeviceRunner
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.runtimes.aot.ops.registry import all_operators
from tests.compilers import compiled_with
from tests.emulated import STARVED, own_boards
from tests.ops.fixed_sample import Sample, fixed_sample, with_batch

pytestmark = pytest.mark.slow
BOARDS = ("microbit", "mps2-an385", "netduinoplus2", "mps2-an505", "mps3-an547", "qemu-riscv32")
"""Cortex-M0, M3, M4F, M33, M55 and RV32."""


@pytest.fixture(scope="module")
def sample() -> list[Sample]:
    """One form of each operator, in its first element type (int8 where there is that), to fit the smallest flash."""
    first: dict[str, Sample] = {}
    for one in fixed_sample(1):
        first.setdefault(one.operator, one)
    assert set(first) == set(all_operators())
    return list(first.values())


@pytest.mark.parametrize("compiler", ["gcc", pytest.param("clang", marks=pytest.mark.nightly)])
@pytest.mark.parametrize("board_id", BOARDS)
def test_every_operator_is_right_on(
    board_id: str, compiler: str, sample: list[Sample], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = compiled_with(compiler, load_board(board_id))
    with own_boards(monkeypatch), ExitStack() as stack:
        project = generate_project([one.model for one in sample], board, get_runtime("aot"), tmp_path / "project")
        client = Client(open_port(flash_project(project, board), board.serial.baud), timing=STARVED)
        stack.callback(client.close)
        for number, one in enumerate(sample):
            outputs = DeviceRunner(client, one.model, number).run(with_batch(one.inputs)).outputs
            assert [array.tobytes() for array in outputs] == [array.tobytes() for array in one.golden], one.key
