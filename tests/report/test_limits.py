"""What the user accepts decides the verdict."""

from __future__ import annotations

import numpy as np
import pytest

from mcu_toolkit.artifacts import Comparison, Level, Vectors
from mcu_toolkit.errors import InputError
from mcu_toolkit.model import parse_model
from mcu_toolkit.report import Limits, Report, to_text
from mcu_toolkit.report.limits import parse_limit
from tests.small_models import fully_connected

MODEL = parse_model(fully_connected(softmax=True), "dense")


def report(limits: Limits, *, max_lsb: int = 0, accuracy: dict[str, float] | None = None) -> Report:
    level = Level.BYTE_EQUAL if max_lsb == 0 else Level.DIFFERENT
    comparison = Comparison("aot-host", "tflm", 10, min(max_lsb, 1), max_lsb, max_lsb, level)
    return Report.of_host_run(MODEL, "tflm", [comparison], accuracy or {}, limits=limits)


@pytest.mark.parametrize(("limit", "found", "verdict"), [(0, 0, "pass"), (0, 1, "fail"), (2, 2, "pass"), (2, 3, "fail")])
def test_outputs_may_differ_by_as_much_as_is_said(limit: int, found: int, verdict: str) -> None:
    judged = report(Limits(max_lsb=limit), max_lsb=found)
    assert judged.verdict == verdict
    assert ("exactly" in to_text(judged)) is False


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(min_accuracy=0.9), ""),
        (Limits(min_accuracy=0.91), "accuracy of device is 0.9000, below --min-accuracy 0.91"),
        (Limits(max_drop=0.06), ""),
        (Limits(max_drop=0.04), "device is 0.0500 less accurate than the float model, more than --max-drop 0.04"),
    ],
)
def test_accuracy_is_judged_where_it_is_nearest_to_the_board(limits: Limits, reason: str) -> None:
    judged = report(limits, accuracy={"keras": 0.95, "tflm": 0.5, "aot-host": 0.6, "device": 0.9})
    assert judged.reasons == ((reason,) if reason else ())
    assert judged.verdict == ("fail" if reason else "pass")


def test_limits_without_anything_to_judge_by_are_refused() -> None:
    with pytest.raises(InputError, match="no labels"):
        report(Limits(min_accuracy=0.5))
    with pytest.raises(InputError, match="--max-drop needs the float model"):
        report(Limits(max_drop=0.5), accuracy={"tflm": 0.9})


@pytest.mark.parametrize("wrong", [{"min_accuracy": 95.0}, {"max_drop": -0.1}, {"max_lsb": -1}])
def test_limits_that_cannot_be_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError):
        Limits(**wrong)  # type: ignore[arg-type]


def test_what_cannot_be_judged_is_refused_before_anything_runs() -> None:
    bare = Vectors((np.zeros((2, 6)),), source="d.npz")
    labelled = Vectors((np.zeros((2, 6)),), np.zeros(2, np.int64))
    Limits(max_lsb=1).require(bare, with_float=False)
    Limits(min_accuracy=0.5).require(labelled, with_float=False)
    for limits in (Limits(min_accuracy=0.5), Limits(max_drop=0.5)):
        with pytest.raises(InputError, match=r"d\.npz: no labels, so no accuracy"):
            limits.require(bare, with_float=True)
    with pytest.raises(InputError, match="float model's accuracy"):
        Limits(max_drop=0.5).require(labelled, with_float=False)


def test_outputs_that_a_threshold_could_not_be_asked_of_are_told() -> None:
    limits = Limits(min_accuracy=0.5)
    assert limits.unjudged({"a": {}}, ("a", "b")) == ("output 'b' has no labels: --min-accuracy could not be checked for it",)
    assert limits.unjudged({}, ("a",)) == ()
    assert Limits().unjudged({"a": {}}, ("a", "b")) == ()


def test_a_limit_is_exceeded_by_a_figure() -> None:
    limits = Limits(most={"flash": 65_536, "instructions": 3_000_000, "stack": 400})
    values = {"flash": 70_000.0, "instructions": 3_000_000.0, "stack": None}
    assert limits.exceeded(values) == (
        "flash is 70,000 B, 4,464 B (6.8 %) more than its limit of 65,536 B",
        "stack was not measured, so that its limit of 400 B holds is not shown",
    )
    assert limits.exceeded({"ram": 10**9}) == ()


def test_a_report_is_judged_by_what_was_measured() -> None:
    judged = report(Limits())
    assert judged.within(Limits(most={"flash": 1}), ("ram",)).verdict == "pass"
    failed = judged.within(Limits(most={"flash": 1}), ("flash",))
    assert (failed.verdict, len(failed.reasons)) == ("fail", 1)


def test_what_mcu_toml_asks_of_a_board_counts_where_the_command_says_nothing() -> None:
    own = Limits(0, 0.9, 0.02, {"flash": 100, "ram": 50})
    limits = Limits(1, 0.5, None, {"flash": 200}, {"microbit": own})
    assert limits.on("microbit") == Limits(1, 0.5, 0.02, {"flash": 200, "ram": 50})
    assert limits.on("host") == Limits(1, 0.5, None, {"flash": 200})


def test_limits_are_read_with_their_units() -> None:
    assert parse_limit("flash=64K, ram = 20K,instructions=3M") == {"flash": 65536, "ram": 20480, "instructions": 3_000_000}
    assert parse_limit(None) == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is no limit"),
        ("flash", "'flash' is no limit\n  expected: NAME=VALUE, such as flash=64K,ram=20K"),
        ("flash=", "'flash=' is no limit"),
        ("flash=64K,", "'' is no limit"),
        ("flash=64K,flash=1", "flash has two limits"),
        ("flesh=1", "unknown measure 'flesh'\n  expected: one of flash, ram"),
        ("cycles=1", "this command does not measure cycles\n  expected: one of flash, ram\n  try: mcu bench measures cycles"),
        ("stack=1", "try: mcu deploy, bench and verify measure stack"),
        ("flash=-1", "'-1' is no value for flash"),
        ("accuracy=1", "unknown measure 'accuracy'"),
    ],
)
def test_what_is_no_limit_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_limit(text, ("flash", "ram"))
    assert message in str(refused.value)
