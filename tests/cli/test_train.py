"""`mcu train`: the classic first models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.in_process import succeed_here

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("options", "slope", "intercept", "at_10"),
    [pytest.param((), 2, -1, 19, marks=pytest.mark.nightly), (("--slope", "-3", "--intercept", "4"), -3, 4, -26)],
)
def test_linear_learns_the_line_and_every_interpreter_says_so(
    options: tuple[str, ...], slope: float, intercept: float, at_10: float, here: Path
) -> None:
    outcome = succeed_here("train", "linear", *options, "-o", "t", "--json", "r.json")
    facts = json.loads((here / "r.json").read_text())
    assert facts["line"]["slope"] == pytest.approx(slope, abs=0.01)
    assert facts["line"]["intercept"] == pytest.approx(intercept, abs=0.01)
    assert {"keras", "litert", "tflm"} <= set(facts["predictions"])
    assert facts["predictions"]["keras"] == pytest.approx(at_10, abs=0.05)
    # One step of the int8 output: its range is that of the line between -1 and 10, in 255 steps.
    step = abs(slope) * 11 / 255
    for interpreter in ("litert", "tflm", "aot-host"):
        assert facts["predictions"][interpreter] == pytest.approx(at_10, abs=2 * step)
    assert f"learned weight {facts['line']['slope']:.4f}, bias {facts['line']['intercept']:.4f}" in outcome.stdout
    assert outcome.stdout.count("prediction for 10:") == 5  # once with the weights, then each interpreter
    assert (here / "t/saved_model/saved_model.pb").is_file()
    assert (here / "t/model.keras").is_file()
