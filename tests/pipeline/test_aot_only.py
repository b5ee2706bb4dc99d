"""Models with operators that TFLM does not run: our code is the golden runner, and the report says so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import McuError
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.pipeline.deploy import deploy
from mcu_toolkit.pipeline.proof.host import validate
from mcu_toolkit.pipeline.proof.job import Job
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.pipeline.workspace.samples import load_inputs
from mcu_toolkit.runners import tflm_is_installed
from mcu_toolkit.runtimes import get_runtime
from tests.emulated import own_boards
from tests.model_builder import ModelBuilder

pytestmark = pytest.mark.skipif(not tflm_is_installed(), reason="without TFLM every model is judged by aot-host")


def model(operator: str, dtype: str = "int8", point: int = 0) -> Model:
    builder = ModelBuilder()
    x, y = builder.tensor([1, 9], dtype, 0.01, point, name="x"), builder.tensor([1, 9], dtype, 0.05, 0, name="y")
    builder.op(operator, [x], [y])
    return parse_model(builder.build([x], [y]), operator.lower())


@pytest.mark.parametrize(("operator", "dtype"), [("EXP", "int8"), ("GELU", "int16")])
def test_the_chain_runs_and_says_who_judged(operator: str, dtype: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = model(operator, dtype)
    with own_boards(monkeypatch):
        report = deploy(Job(one, load_board("host"), get_runtime("aot"), load_inputs(one, None, 4, 0), tmp_path), Silent())
    assert (report.verdict, report.golden) == ("pass", "aot-host")
    assert any("operators that TFLM does not run" in note for note in report.notes)
    assert {(comparison.a, comparison.b) for comparison in report.comparisons} >= {("device", "aot-host"), ("litert", "aot-host")}


def test_a_model_that_nobody_else_runs_is_refused_in_tflms_words() -> None:
    """Roots of negative values: LiteRT refuses them as well."""
    one = model("RSQRT", point=127)
    with pytest.raises(McuError, match="TFLM's interpreter failed"):
        validate(one, load_inputs(one, None, 4, 0), Silent())


def test_a_model_that_only_our_compiler_takes_has_no_reference_and_is_not_proved() -> None:
    """LiteRT reverses floats, uint8 and plain integers of 16 bits and more, TFLM nothing."""
    builder = ModelBuilder()
    x, y = builder.tensor([2, 3], "int8", 0.1, name="x"), builder.tensor([2, 3], "int8", 0.1, name="y")
    builder.op("REVERSE_SEQUENCE", [x, builder.tensor([2], "int32", data=[1, 3])], [y], seq_dim=1, batch_dim=0)
    one = parse_model(builder.build([x], [y]), "reversed")
    with pytest.raises(McuError, match="no interpreter on this machine can be the reference for this model") as caught:
        validate(one, load_inputs(one, None, 4, 0), Silent())
    assert "\n    tflm: " in caught.value.what
    assert "\n    litert: " in caught.value.what
    assert caught.value.hint == "replace op 0 REVERSE_SEQUENCE by others; without a proof: mcu generate"


def test_inputs_on_which_tflm_aborts_are_judged_by_the_others(tmp_path: Path) -> None:
    """512 equal entries: a check inside of TFLM's SOFTMAX fails, which is no fault of the model."""
    builder = ModelBuilder()
    x, y = builder.tensor([1, 512], "int8", 0.05, 0, name="x"), builder.tensor([1, 512], "int8", 1 / 256, -128, name="y")
    builder.op("SOFTMAX", [x], [y], beta=1.0)
    one = parse_model(builder.build([x], [y]), "many_classes")
    np.save(tmp_path / "equal.npy", np.zeros((3, 512), np.float32))
    report = validate(one, load_inputs(one, tmp_path / "equal.npy", None, 0), Silent())
    assert (report.verdict, report.golden) == ("pass", "aot-host")
    assert [one.runner for one in report.not_run] == ["tflm"]
    assert "TFLM's interpreter aborted (SIGABRT)" in report.not_run[0].why
    assert "SOFTMAX" in report.not_run[0].why
    assert any(note.startswith("golden: aot-host, not compared with TFLM: ") for note in report.notes)
    assert ("litert", "aot-host") in {(comparison.a, comparison.b) for comparison in report.comparisons}
