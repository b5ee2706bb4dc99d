"""Operators that a converter left in floating point: they run, byte-equal, and are named; `--strict-int` refuses them."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.model import Model, float_fallbacks, kind_of, parse_model
from mcu_toolkit.pipeline.deploy import deploy
from mcu_toolkit.pipeline.inspection.float_fallback import report_float_fallbacks
from mcu_toolkit.pipeline.inspection.inspect import inspect
from mcu_toolkit.pipeline.proof.job import Job
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.pipeline.workspace.samples import load_inputs
from mcu_toolkit.runtimes import get_runtime
from tests.emulated import own_boards
from tests.model_builder import ModelBuilder
from tests.small_models import convolution


def fallback(*operators: str) -> Model:
    """DEQUANTIZE, the operators in floating point, QUANTIZE."""
    builder = ModelBuilder()
    x, y = builder.tensor([1, 40], "int8", 0.05, 3, name="x"), builder.tensor([1, 40], "int8", 0.07, -9, name="y")
    floats = [builder.tensor([1, 40], "float32", name=f"f{number}") for number in range(len(operators) + 1)]
    builder.op("DEQUANTIZE", [x], [floats[0]])
    for number, operator in enumerate(operators):
        more = [builder.tensor([], "int32", data=1)] if operator == "CUMSUM" else []
        inputs = [floats[number]] * (2 if operator == "ADD_N" else 1)
        builder.op(operator, [*inputs, *more], [floats[number + 1]])
    builder.op("QUANTIZE", [floats[-1]], [y])
    return parse_model(builder.build([x], [y]), "fallback")


FLOAT_FALLBACKS = ("NEG", "SQUARE", "ELU", "CUMSUM", "ADD_N")


@pytest.mark.parametrize("board", ["host", pytest.param("microbit", marks=pytest.mark.slow)])
def test_float_fallbacks_run_and_the_report_names_them(board: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = fallback(*FLOAT_FALLBACKS)
    with own_boards(monkeypatch):
        job = Job(model, load_board(board), get_runtime("aot"), load_inputs(model, None, 6, 0), tmp_path)
        report = deploy(job, Silent())
    assert report.verdict == "pass"
    (note,) = (note for note in report.notes if "floating point" in note)
    assert note.startswith(
        "5 operators in floating point: op 1 NEG 'f1', op 2 SQUARE 'f2', op 3 ELU 'f3', op 4 CUMSUM 'f4', op 5 ADD_N 'f5'"
    )


def test_inspect_names_them() -> None:
    result = inspect(fallback("NEG"), load_board("host"))
    assert result.facts.float_fallbacks == ("op 1 NEG 'f1'",)
    assert "  op 1 NEG 'f1'" in result.lines
    assert inspect(parse_model(convolution(), "plain"), load_board("host")).facts.float_fallbacks == ()


def test_strict_int_refuses_each_by_name() -> None:
    assert kind_of(fallback("NEG")).runs_on_boards
    with pytest.raises(UnsupportedModelError, match="op 1 ELU 'f1', op 2 NEG 'f2'"):
        report_float_fallbacks([parse_model(convolution(), "plain"), fallback("ELU", "NEG")], Silent(), strict_int=True)
    report_float_fallbacks([parse_model(convolution(), "plain")], Silent(), strict_int=True)


def test_a_model_of_floats_has_no_float_fallbacks() -> None:
    builder = ModelBuilder()
    x, y = builder.tensor([1, 4], "float32"), builder.tensor([1, 4], "float32")
    builder.op("NEG", [x], [y])
    assert float_fallbacks(parse_model(builder.build([x], [y]), "float")) == ()
