"""What is counted, with real parts: the plugin in QEMU, objdump, the protocol's own instruction counter."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.device import find_emulator
from mcu_toolkit.model import parse_model
from mcu_toolkit.pipeline.profiling.bench import bench
from mcu_toolkit.pipeline.proof.job import Job
from mcu_toolkit.pipeline.workspace.inputs import choose_runtime
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.pipeline.workspace.samples import load_inputs
from tests import small_models

pytestmark = pytest.mark.slow


BOARDS = ("netduinoplus2", "mps2-an385", "microbit")
BANDS = {board_id: (band.least, band.most) for board_id in BOARDS if (band := load_board(board_id).cycle_band) is not None}


def job_on(board_id: str, output: Path) -> Job:
    model, board = parse_model(small_models.convolution(), "convolution"), load_board(board_id)
    return Job(model, board, choose_runtime(None, board), load_inputs(model, None, 3, 0), output)


@pytest.mark.parametrize("board_id", BOARDS)
def test_the_instructions_of_an_inference_are_all_found_in_some_function(board_id: str, boards: Path, tmp_path: Path) -> None:
    job = job_on(board_id, tmp_path)
    report = bench(job, Silent())
    assert report.verdict == "pass"
    assert report.instructions is not None
    assert report.estimated_cycles is not None
    counted = sum(function.instructions for function in report.functions)
    # The board's counter also sees how it is read, before and after.
    assert 0 <= report.instructions - counted < 150
    assert counted < report.estimated_cycles < 3 * counted
    assert report.cycles is not None
    assert report.cycles.band == tuple(round(report.estimated_cycles * end) for end in BANDS[board_id])
    assert (report.cycles.calibrated, report.cycles.clock_hz) == (board_id == "netduinoplus2", job.board.clock_hz)
    assert report.macs
    assert report.glue is not None
    assert sum(layer.instructions or 0 for layer in report.layers) + report.glue.instructions == counted
    assert sum(layer.estimated_cycles or 0 for layer in report.layers) + (report.glue.estimated_cycles or 0) == report.estimated_cycles
    assert sum(layer.macs or 0 for layer in report.layers) == report.macs
    assert report.glue.instructions < 40
    assert [layer.operator for layer in report.layers] == [op.name for op in job.model.main.ops]
    dear = max(report.layers, key=lambda layer: layer.instructions or 0)
    assert (dear.operator, (dear.instructions or 0) > counted // 2) == ("CONV_2D", True)
    assert all(layer.code_bytes and layer.ram_bytes and layer.kernel_variant for layer in report.layers)
    emulator = find_emulator(board_id)
    assert emulator is not None
    assert "-plugin" not in (emulator.folder / "config.json").read_text()


@pytest.mark.parametrize("board_id", ["mps3-an547", "qemu-riscv32"])
def test_a_core_without_documented_cycles_is_counted_all_the_same(board_id: str, boards: Path, tmp_path: Path) -> None:
    report = bench(job_on(board_id, tmp_path), Silent())
    assert report.verdict == "pass"
    assert report.instructions
    assert (report.estimated_cycles, report.glue is not None) == (None, True)
    assert report.cycles is not None
    assert (report.cycles.value, report.cycles.band is not None, report.cycles.calibrated) == (report.instructions, True, False)
    counted = sum(function.instructions for function in report.functions)
    assert 0 <= report.instructions - counted < 150
    assert report.glue is not None
    assert sum(layer.instructions or 0 for layer in report.layers) + report.glue.instructions == counted
