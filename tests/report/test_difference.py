"""Two reports side by side: what got worse is found, what only looks different is not reported."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcu_toolkit.errors import InputError
from mcu_toolkit.report.difference import Difference, difference
from mcu_toolkit.report.fail_on import FailOn, default_fail_on, parse_fail_on
from mcu_toolkit.report.measures import MEASURES
from mcu_toolkit.system.json_table import JsonTable
from mcu_toolkit.system.records import to_plain
from tests.report.reports import BASE, report, with_parity

SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "docs" / "report-schema.json").read_text(encoding="utf-8"))


ANY_SPEED = settings(deadline=None, derandomize=True)
"""The same cases each time, on a machine of any load."""


def compared(new: Mapping[str, Any], base: Mapping[str, Any] = BASE, fail_on: FailOn | str | None = None) -> Difference:
    """The difference, which agrees with the schema."""
    rules = parse_fail_on(fail_on) if isinstance(fail_on, str) else fail_on or default_fail_on()
    found = difference(JsonTable(base), JsonTable(new), rules)
    schema = {**SCHEMA["$defs"]["difference"], "$defs": SCHEMA["$defs"]}
    jsonschema.Draft202012Validator(schema).validate(json.loads(json.dumps(to_plain(found))))
    return found


def state(found: Difference, name: str) -> str:
    [row] = [row for row in found.rows if row.measure == name]
    return row.state


WORSE: dict[str, tuple[dict[str, Any], str]] = {
    "flash": (report(flash_bytes=50_501), "flash grew by 1.00 %, from 50,000 B to 50,501 B (not allowed: flash>+1%)"),
    "ram": (report(ram_bytes=10_200), "ram grew by 2.00 %, from 10,000 B to 10,200 B (not allowed: ram>+1%)"),
    "stack": (report(stack_bytes=600), "stack grew by 20.00 %, from 500 B to 600 B (not allowed: stack>+5%)"),
    "instructions": (report(instructions=1_020_000), "instructions grew by 2.00 %, from 1,000,000 to 1,020,000"),
    "cycles": (report(cycles={"value": 1_500_000, "source": "estimated"}), "cycles grew by 7.14 %, from 1,400,000 to 1,500,000"),
    "accuracy": (report(accuracy={"device": 0.94}), "accuracy fell by 1.00 pp, from 95.00 % to 94.00 % (not allowed: accuracy<-0.5pp)"),
    "no labels": (report(accuracy={}), "accuracy was 95.00 % and is not measured any more"),
    "parity": (with_parity("different", 3), "parity was 'device byte-equal' and is 'device different, 3 LSB'"),
    "no tflm": (report(compared_with_tflm=False), "parity was 'device byte-equal' and is 'device byte-equal, not compared with TFLM'"),
    "no board": (report(comparisons=[]), "parity was 'device byte-equal' and is not known any more"),
    "verdict": (report(verdict="fail", reasons=["the board is warm"]), "the verdict was pass and is fail: the board is warm"),
}


@pytest.mark.parametrize("name", WORSE)
def test_what_got_worse_is_a_regression(name: str) -> None:
    new, sentence = WORSE[name]
    found = compared(new)
    assert len(found.regressions) == 1
    assert found.regressions[0].startswith(sentence)


HARMLESS: dict[str, dict[str, Any]] = {
    "nothing": report(),
    "another name": report(model={"name": "renamed", "sha256": "a" * 64}),
    "another toolkit": report(toolkit_version="9.0"),
    "smaller": report(flash_bytes=40_000, instructions=900_000),
    "within tolerance": report(flash_bytes=50_499, instructions=1_009_999, stack_bytes=520),
    "more accurate": report(accuracy={"device": 0.99}),
    "layers compared too": with_parity("byte-equal-per-layer"),
    "another float model": report(accuracy={"keras": 0.5, "device": 0.95}),
    "without cycles": report(cycles=None, estimated_cycles=None, layers=[]),
    "without the image": report(flash_bytes=None, ram_bytes=None, code_bytes=None, weights_bytes=None, arena_bytes=None),
    "a new measure": report(latency_us=12.0),
    "litert further away": {**report(), "comparisons": [BASE["comparisons"][0]]},
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_harmless_is_not_reported(name: str) -> None:
    assert compared(HARMLESS[name]).regressions == ()


def test_what_is_within_the_tolerance_is_said() -> None:
    found = compared(report(flash_bytes=50_100, ram_bytes=9_000))
    assert [state(found, name) for name in ("flash", "ram", "arena")] == ["worse", "better", "same"]


def test_only_what_is_asked_for_counts() -> None:
    new = report(flash_bytes=99_000, instructions=1_004_000)
    assert compared(new, fail_on="ram>+1%").regressions == ()
    assert len(compared(new, fail_on="flash>+1%,instructions>+0.5%").regressions) == 1
    assert compared(with_parity("different", 9), fail_on="ram>+1%").regressions == ()
    assert len(compared(with_parity("different", 9), fail_on="parity").regressions) == 1


def test_an_absolute_bound_needs_no_baseline_of_the_measure() -> None:
    assert compared(report(latency_us=30.0), fail_on="latency>20").regressions == ("latency is 30 us (not allowed: latency>20)",)
    assert compared(report(), fail_on="latency>20").regressions == ("latency was not measured",)


def test_a_measure_asked_for_that_the_baseline_lacks_is_bad_input() -> None:
    with pytest.raises(InputError, match=r"does not say latency, and --fail-on has latency>\+5%"):
        compared(report(latency_us=30.0), fail_on="latency>+5%")
    with pytest.raises(InputError, match="the baseline does not compare a board"):
        compared(report(), report(comparisons=[]), "parity")


def test_a_measure_asked_for_that_is_not_measured_any_more_is_a_regression() -> None:
    assert compared(report(cycles=None), fail_on="cycles>+1%").regressions == ("cycles was 1,400,000 and is not measured any more",)
    assert compared(report(cycles=None)).regressions == ()
    assert "not measured any more: cycles" in compared(report(cycles=None)).notes


def test_each_output_is_judged_by_itself() -> None:
    base = report(accuracy_by_output={"a": {"device": 0.9}, "b": {"device": 1.0}})
    new = report(accuracy_by_output={"a": {"device": 1.0}, "b": {"device": 0.9}})
    assert compared(new, base).regressions == ("accuracy of b fell by 10.00 pp, from 100.00 % to 90.00 % (not allowed: accuracy<-0.5pp)",)


def scored(rmse: float) -> dict[str, Any]:
    return report(accuracy={}, scores={"device": {"kind": "regression", "rmse": rmse}, "keras": {"kind": "regression", "rmse": 0.1}})


def test_the_error_of_a_regression_is_judged() -> None:
    assert compared(scored(0.0209), scored(0.02)).regressions == ()
    assert compared(scored(0.022), scored(0.02)).regressions == ("rmse grew by 10.00 %, from 0.02 to 0.022 (not allowed: rmse>+5%)",)
    assert compared(report(accuracy={}), scored(0.02)).regressions == ("rmse was 0.02 and is not measured any more",)
    assert compared(scored(0.03), scored(0.02), "rmse>0.025").regressions == ("rmse is 0.03 (not allowed: rmse>0.025)",)


def test_figures_of_a_stranger_stay_readable() -> None:
    [row] = [row for row in compared(report(flash_bytes=10**18), report(flash_bytes=1)).rows if row.measure == "flash"]
    assert (row.state, row.change_percent) == ("regression", None)
    with pytest.raises(InputError, match="'flash_bytes' is not a number from 0 to"):
        compared(report(flash_bytes=1e308))


def test_a_baseline_that_failed_already_is_said() -> None:
    bad = report(verdict="fail", reasons=["no"])
    found = compared(bad, bad)
    assert found.regressions == ()
    assert "the baseline's own verdict is fail" in found.notes


def test_another_model_board_or_toolkit_is_said() -> None:
    notes = compared(report(model={"name": "kws", "sha256": "b" * 64}, board="host", runtime=None)).notes
    assert notes == ("another model: sha256 aaaaaaaaaaaaaaaa... is now bbbbbbbbbbbbbbbb...", "board was netduinoplus2 and is host",
                     "runtime was aot and is none")  # fmt: skip


def test_layers_that_changed_are_listed_the_largest_change_first() -> None:
    layers = [{**BASE["layers"][0], "estimated_cycles": 1_310_000, "scheme": "portable"}, {**BASE["layers"][1], "estimated_cycles": 50_000}]
    first, second = compared(report(layers=layers)).layers
    assert (first.index, first.unit, first.base_cost, first.new_cost) == (1, "estimated_cycles", 95_000, 50_000)
    assert (second.index, second.base_variant, second.new_variant) == (0, "dsp", "portable")
    assert compared(report()).layers == ()


DAMAGED = st.recursive(
    st.sampled_from([None, True, -1, 0, 10**30, 1e300, float("nan"), "", "pass", "\x00"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "index", "value", "name", "device"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@ANY_SPEED
@given(st.sampled_from(sorted(BASE)), DAMAGED)
def test_a_damaged_report_is_compared_or_refused(name: str, value: object) -> None:
    if name in ("model", "comparisons", "verdict", "schema_version"):
        assert name in BASE  # read_report asks for these
    for base, new in ((BASE, {**BASE, name: value}), ({**BASE, name: value}, BASE)):
        try:
            found = difference(JsonTable(base), JsonTable(new), default_fail_on())
        except InputError as error:
            refusal = str(error)
            assert refusal.startswith("a report is damaged: ")
        else:
            assert json.dumps(to_plain(found), allow_nan=False)


@ANY_SPEED
@given(st.sampled_from(["flash", "ram", "stack", "instructions", "latency"]), st.integers(0, 10**9))
def test_a_report_is_never_worse_than_itself(name: str, value: int) -> None:
    same = report(**{MEASURES[name].field: value})
    assert compared(same, same).regressions == ()
