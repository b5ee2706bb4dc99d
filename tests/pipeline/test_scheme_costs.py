"""What a scheme costs on a board is measured there, and what a board does not take is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import DeviceError, McuError, NotSatisfiedError, ToolError
from mcu_toolkit.pipeline import scheme_costs
from mcu_toolkit.pipeline.inspection.scheme_table import BoardCost, Quality, TableRow
from mcu_toolkit.pipeline.scheme_costs import OnBoard, cost_lines, with_costs
from mcu_toolkit.pipeline.workspace.progress import Silent
from tests.model_builder import ModelBuilder
from tests.small_models import fully_connected


def _row(scheme: str, path: Path | None) -> TableRow:
    return TableRow(scheme, scheme, 100, 1.0, Quality(), (), (), (), path, None if path else "refused")


def _float() -> bytes:
    builder = ModelBuilder()
    x, y = builder.tensor([1, 6], "float32", name="x"), builder.tensor([1, 6], "float32", name="y")
    builder.op("RELU", [x], [y])
    return builder.build([x], [y])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    np.savez(tmp_path / "data.npz", x=np.zeros((9, 6), np.float32), y=np.arange(9) % 4)
    return tmp_path / "data.npz"


def test_a_model_that_no_board_runs_has_the_reason_and_one_that_was_not_made_nothing(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "float32.tflite"
    path.write_bytes(_float())
    rows = with_costs([_row("float32", path), _row("int8", None)], data, tmp_path, OnBoard(load_board("host")), Silent())
    assert rows[0].on_board == BoardCost("host", "aot", refusal="a float model, which no board runs")
    assert rows[1].on_board is None
    assert cost_lines(rows)[-1] == "float32: a float model, which no board runs"
    assert cost_lines([_row("int8", path)]) == []


@pytest.mark.parametrize(("kind", "verdict"), [(NotSatisfiedError, ""), (DeviceError, "fail"), (ToolError, "fail")])
def test_a_board_that_fails_is_no_end_of_the_table_and_no_pass(
    kind: type[McuError], verdict: str, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise kind("it does not fit\nby far")

    monkeypatch.setattr(scheme_costs, "deploy", refuse)
    path = tmp_path / "int8.tflite"
    path.write_bytes(fully_connected())
    (row,) = with_costs([_row("int8", path)], data, tmp_path, OnBoard(load_board("host")), Silent())
    assert row.on_board is not None
    assert (row.on_board.refusal, row.on_board.verdict) == ("it does not fit", verdict)
    assert cost_lines([row])[-1] == "int8: it does not fit"


@pytest.mark.slow
def test_instructions_and_memory_are_measured_and_the_outputs_compared(boards: Path, data: Path, tmp_path: Path) -> None:
    path = tmp_path / "int8.tflite"
    path.write_bytes(fully_connected())
    (row,) = with_costs([_row("int8", path)], data, tmp_path / "out", OnBoard(load_board("netduinoplus2")), Silent())
    cost = row.on_board
    assert cost is not None
    assert (cost.verdict, cost.refusal) == ("pass", "")
    assert 0 < (cost.instructions or 0) < 100_000
    assert 1000 < (cost.flash_bytes or 0) < 100_000
    assert 0 < (cost.stack_bytes or 0) < (cost.ram_bytes or 0)
    assert any(line.startswith("int8") and line.endswith("equal") for line in cost_lines([row]))
