"""Real reports, made by real interpreters, agree with docs/report-schema.json; the text says the same."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from mcu_toolkit.artifacts import Comparison, DeviceFacts, Footprint, Level, Metrics, RunResult, Scores
from mcu_toolkit.boards import CycleBand
from mcu_toolkit.errors import InputError
from mcu_toolkit.model import parse_model
from mcu_toolkit.report import FrontendReport, LayerReport, NotRun, Report, to_json, to_text
from mcu_toolkit.runners.litert import LiteRtRunner
from mcu_toolkit.runners.tflm import TflmRunner
from mcu_toolkit.validate import accuracy, classes, compare, output_metrics, random_vectors, score_classes, score_values
from tests import small_models

SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "docs" / "report-schema.json").read_text(encoding="utf-8"))
MODEL = parse_model(small_models.fully_connected(softmax=True), "dense")
FOOTPRINT = Footprint(
    flash_bytes=20_000, ram_bytes=3_000, code_bytes=12_000, weights_bytes=7_900, data_bytes=100, bss_bytes=2_900, arena_bytes=2_048
)


_KEPT = {"truth": [1.0, 3.0], "prediction": [1.0, 2.0]}
_NOTHING = "nothing was judged: neither compiled code nor a board was compared with another interpreter that is right about this model"


def _valid(report: Report) -> Any:
    fields = json.loads(to_json(report))
    jsonschema.Draft202012Validator(SCHEMA).validate(fields)
    return fields


def _comparison(a: str, level: Level, differing_bytes: int = 0, max_lsb: int = 0) -> Comparison:
    return Comparison(a, "tflm", 10, min(differing_bytes, 10), differing_bytes, max_lsb, level)


def _device(comparisons: tuple[Comparison, ...], **changes: Any) -> Report:
    ticks = np.array([500, 100, 300, 200], np.uint64)
    told = DeviceFacts("netduinoplus2", "aot", "0", stack_reserved_bytes=4096, stack_used_bytes=640)
    result = RunResult("device", (np.zeros((4, 4), np.int8),), ticks, "instructions", device=told)
    fields = {
        "model": MODEL,
        "board": "netduinoplus2",
        "runtime": "aot",
        "golden": "tflm",
        "comparisons": comparisons,
        "accuracy": {"keras": 0.97, "device": 0.96},
        "result": result,
        **changes,
    }
    return Report.of_device_run(**fields)


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.skipif(sys.platform != "linux", reason="tflite_micro is published for Linux only")
def test_a_real_run_on_this_machine_agrees_with_the_schema() -> None:
    vectors = random_vectors(MODEL, 12, seed=0)
    golden_runner, litert = TflmRunner(MODEL), LiteRtRunner(MODEL)
    golden, other = golden_runner.run(vectors.inputs), litert.run(vectors.inputs)
    golden_runner.close()
    labels = classes(golden.outputs[0])
    comparison = compare(other, golden)
    report = Report.of_host_run(MODEL, "tflm", [comparison], {"litert": accuracy(other.outputs[0], labels)}, ["said beside"])
    report = dataclasses.replace(report, metrics={"litert": output_metrics(golden, other, MODEL)[0]})
    fields = _valid(report)
    assert fields["schema_version"] == 2
    assert fields["model"] == {"name": "dense", "sha256": MODEL.sha256}
    assert (fields["verdict"], fields["board"], fields["runtime"], fields["golden"]) == ("fail", None, None, "tflm")
    assert fields["reasons"] == [_NOTHING]
    (row,) = fields["comparisons"]
    assert row == {**dataclasses.asdict(comparison), "level": comparison.level.value}
    assert row["samples"] == 12
    assert fields["accuracy"] == {"litert": 1.0}
    assert fields["metrics"]["litert"]["acc"] == 1.0
    assert fields["notes"][0] == "said beside"
    assert fields["not_run"] == []
    assert "instructions" not in fields


def test_a_board_that_is_byte_equal_passes() -> None:
    fields = _valid(
        _device((_comparison("device", Level.BYTE_EQUAL), _comparison("litert", Level.WITHIN_LSB, 3, 1))).with_footprint(FOOTPRINT)
    )
    assert (fields["verdict"], fields["reasons"], fields["board"], fields["runtime"]) == ("pass", [], "netduinoplus2", "aot")
    assert fields["instructions"] == 200
    assert (fields["stack_bytes"], fields["stack_reserved_bytes"]) == (640, 4096)
    assert {name: fields[name] for name in dataclasses.asdict(FOOTPRINT)} == dataclasses.asdict(FOOTPRINT)


@pytest.mark.parametrize("runner", ["device", "aot-host"])
@pytest.mark.parametrize("level", [Level.WITHIN_LSB, Level.SAME_CLASS, Level.DIFFERENT])
def test_one_differing_byte_fails(runner: str, level: Level) -> None:
    comparisons = {name: _comparison(name, Level.BYTE_EQUAL) for name in ("device", "aot-host")}
    comparisons[runner] = _comparison(runner, level, 1, 1)
    report = _device(tuple(comparisons.values()))
    fields = _valid(report)
    assert fields["verdict"] == "fail"
    assert fields["reasons"] == [f"{runner} differs from tflm in 1 of 10 samples (1 bytes, by up to 1 LSB)"]
    assert "verdict: FAIL" in to_text(report)
    assert fields["reasons"][0] in to_text(report)


def test_litert_is_no_judge() -> None:
    ours = _comparison("aot-host", Level.BYTE_EQUAL)
    assert Report.of_host_run(MODEL, "tflm", [ours, _comparison("litert", Level.DIFFERENT, 9, 99)], {}).verdict == "pass"
    assert Report.of_host_run(MODEL, "tflm", [_comparison("litert", Level.BYTE_EQUAL)], {}).verdict == "fail"


def test_a_run_that_judged_nothing_is_no_pass() -> None:
    report = Report.of_host_run(MODEL, "tflm", [], {})
    assert report.verdict == "fail"
    assert any("nothing was judged" in reason for reason in report.reasons)
    assert not Report.of_host_run(MODEL, "tflm", [_comparison("aot-host", Level.BYTE_EQUAL)], {}).notes


@pytest.mark.parametrize("comparisons", [[], [_comparison("litert", Level.WITHIN_LSB, 1, 2)], [_comparison("recorded", Level.BYTE_EQUAL)]])
def test_where_our_code_is_the_golden_one_it_is_no_proof_of_itself(comparisons: list[Comparison]) -> None:
    report = Report.of_host_run(MODEL, "aot-host", comparisons, {})
    assert (report.verdict, report.reasons) == ("fail", (_NOTHING,))
    assert "verdict: pass" not in to_text(report)


@pytest.mark.parametrize("found", [_comparison("litert", Level.BYTE_EQUAL), _comparison("litert", Level.WITHIN_LSB, 9, 1)])
def test_where_our_code_is_the_golden_one_litert_may_prove_it_to_its_rounding(found: Comparison) -> None:
    report = Report.of_host_run(MODEL, "aot-host", [found], {})
    assert (report.verdict, report.reasons) == ("pass", ())


def test_a_runner_that_could_not_run_is_named_with_its_reason() -> None:
    report = _device((_comparison("device", Level.BYTE_EQUAL),)).with_not_run([NotRun("aot-host", "gcc could not compile:\nerror: no")])
    fields = _valid(report)
    assert fields["verdict"] == "pass"
    assert fields["not_run"] == [{"runner": "aot-host", "why": "gcc could not compile:\nerror: no"}]
    assert "not run: aot-host: gcc could not compile:\nerror: no\n" in to_text(report)


def test_a_device_report_needs_a_comparison_of_the_device() -> None:
    with pytest.raises(InputError, match="no comparison with the board's outputs"):
        _device((_comparison("aot-host", Level.BYTE_EQUAL),))


@pytest.mark.parametrize(
    ("unit", "field", "expected"),
    [("instructions", "instructions", 8), ("cycles", "cycles", {"value": 8, "source": "measured"}), ("us", "latency_us", 8)],
)
def test_ticks_are_reported_under_their_unit(unit: str, field: str, expected: object) -> None:
    result = RunResult("device", (np.zeros((3, 4), np.int8),), np.array([7, 9, 8], np.uint64), unit)
    fields = _valid(_device((_comparison("device", Level.BYTE_EQUAL),), result=result))
    assert {name for name in ("instructions", "estimated_cycles", "cycles", "latency_us") if name in fields} == {field}
    assert fields[field] == expected


def test_a_board_that_measures_nothing_reports_nothing() -> None:
    result = RunResult("device", (np.zeros((3, 4), np.int8),))
    fields = _valid(_device((_comparison("device", Level.BYTE_EQUAL),), result=result))
    assert not {"instructions", "estimated_cycles", "cycles", "latency_us", "stack_bytes", "stack_reserved_bytes"} & set(fields)


def test_estimated_cycles_are_called_so_and_those_of_a_layer_too() -> None:
    band = CycleBand(1.16, 1.33, 120_000_000, is_calibrated=True)
    report = _device((_comparison("device", Level.BYTE_EQUAL),)).with_work(1000, 321_000, cycle_band=band)
    layers = (LayerReport(0, "CONV_2D", estimated_cycles=300_000), LayerReport(1, "SOFTMAX", measured_cycles=20))
    fields = _valid(report.with_layer_work(layers))
    found = {"value": 321_000, "source": "estimated", "band": [372_360, 426_930], "clock_hz": 120_000_000, "calibrated": True}
    assert (fields["estimated_cycles"], fields["cycles"]) == (321_000, found)
    assert [layer.get("cycles") for layer in fields["layers"]] == [
        {"value": 300_000, "source": "estimated"}, {"value": 20, "source": "measured"},
    ]  # fmt: skip
    assert ["estimated_cycles" in layer for layer in fields["layers"]] == [True, False]
    text = to_text(report.with_layer_work(layers))
    assert "0.372-0.427 M cycles, 3.1-3.56 ms at 120 MHz, estimated" in text
    assert "0.348-0.399" in text, "a layer's estimate has the band of the whole"
    assert "321,000" not in text
    assert report.measured("cycles") == 426_930, "a limit is kept by the upper end"


@pytest.mark.parametrize(
    ("estimated", "band", "cycles", "words"),
    [
        (800_000, (1.16, 1.33, 168_000_000, True), [928_000, 1_064_000], "0.928-1.064 M cycles, 5.52-6.33 ms at 168 MHz, estimated"),
        (None, (1.0, 2.5, 32_000_000, False), [700_000, 1_750_000], "0.700-1.750 M cycles, 21.9-54.7 ms at 32 MHz, estimated (core not"),
        (None, None, None, ""),
    ],
)  # fmt: skip
def test_what_a_front_end_takes_is_a_band_too(estimated: int | None, band: Any, cycles: list[int] | None, words: str) -> None:
    cost = FrontendReport(61, 700_000, estimated, band and CycleBand(*band))
    report = _device((_comparison("device", Level.BYTE_EQUAL),)).with_frontend(cost)
    fields = _valid(report)["frontend"]
    assert (fields["frames"], fields["instructions"], fields.get("estimated_cycles")) == (61, 700_000, estimated)
    assert fields.get("cycles", {}).get("band") == cycles
    assert f"700,000 instructions for a second of sound, 61 frames{words and ', '}{words}" in to_text(report)


def test_a_core_without_costs_has_the_band_of_its_instructions() -> None:
    report = dataclasses.replace(_device((_comparison("device", Level.BYTE_EQUAL),)), instructions=2_000_000)
    fields = _valid(report.with_work(1000, None, cycle_band=CycleBand(1.0, 2.5, 32_000_000, is_calibrated=False)))
    assert "estimated_cycles" not in fields
    assert (fields["cycles"]["value"], fields["cycles"]["band"], fields["cycles"]["calibrated"]) == (
        2_000_000,
        [2_000_000, 5_000_000],
        False,
    )


def test_a_core_without_watermark_has_used_nothing_that_is_known() -> None:
    result = RunResult("device", (np.zeros((3, 4), np.int8),), device=DeviceFacts("netduinoplus2", "aot", "0"))
    fields = _valid(_device((_comparison("device", Level.BYTE_EQUAL),), result=result))
    assert not {"stack_bytes", "stack_reserved_bytes"} & set(fields)


def test_numbers_that_json_lacks_become_null() -> None:
    metrics = Metrics(rmse=1.0, mae=1.0, l2r=float("inf"), mean=float("nan"), std=0.0, nse=-1.0, cos=0.0)
    report = dataclasses.replace(_device((_comparison("device", Level.BYTE_EQUAL),)), metrics={"litert": metrics})
    assert (_valid(report)["metrics"]["litert"]["l2r"], _valid(report)["metrics"]["litert"]["mean"]) == (None, None)


def test_layers_are_reported() -> None:
    layers = (LayerReport(0, "CONV_2D", instructions=1200, differing_bytes=0, max_lsb=0), LayerReport(1, "SOFTMAX"))
    report = dataclasses.replace(_device((_comparison("device", Level.BYTE_EQUAL),)), layers=layers)
    assert _valid(report)["layers"] == [
        {"index": 0, "operator": "CONV_2D", "instructions": 1200, "differing_bytes": 0, "max_lsb": 0},
        {"index": 1, "operator": "SOFTMAX"},
    ]
    assert "\n    0  CONV_2D          1,200                0        0\n" in to_text(report)


@pytest.mark.parametrize(
    "change",
    [
        {"schema_version": 3},
        {"cycles": 12},
        {"cycles": {"value": 12, "source": "guessed"}},
        {"verdict": "maybe"},
        {"model": {"name": "x"}},
        {"accuracy": {"tflm": 97.0}},
        {"unknown": 1},
        {"reasons": ["but it passed"]},
        {"instructions": -1},
        {"comparisons": [{"a": "device"}]},
    ],
)
def test_the_schema_refuses_what_is_no_report(change: dict[str, Any]) -> None:
    fields = {**_valid(_device((_comparison("device", Level.BYTE_EQUAL),))), **change}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMA).validate(fields)


def test_a_verdict_and_its_reasons_belong_together() -> None:
    with pytest.raises(InputError, match="exactly where it gives reasons"):
        Report("fail", "m", "0" * 64, "tflm")
    with pytest.raises(InputError, match="exactly where it gives reasons"):
        Report("pass", "m", "0" * 64, "tflm", reasons=("no",))


def test_the_text_has_aligned_columns() -> None:
    comparisons = (_comparison("device", Level.BYTE_EQUAL), _comparison("litert", Level.SAME_CLASS, 1234, 47))
    text = to_text(_device(comparisons, notes=["the inputs are random"]).with_footprint(FOOTPRINT))
    lines = text.splitlines()
    table = lines[lines.index(next(line for line in lines if line.startswith("compared"))) :][:3]
    assert table == [
        "compared  with  samples  differing  bytes  max LSB  parity",
        "device    tflm       10          0      0        0  byte-equal",
        "litert    tflm       10         10  1,234       47  same-class",
    ]
    assert "keras     97.00 %" in lines
    assert "board    netduinoplus2" in lines
    assert "per inference  200 instructions" in lines
    assert "note: the inputs are random" in lines
    assert lines[-1] == "verdict: pass - netduinoplus2 computes exactly what tflm does"
    assert not any(line != line.rstrip() for line in lines)


def test_scores_agree_with_the_schema() -> None:
    two = score_classes(np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]]), np.array([0, 1, 1]), ("cats", "dogs"))
    values = score_values(np.array([1.0, 2.0]), np.array([1.0, 3.0]), "y")
    fields = _valid(
        dataclasses.replace(_device((_comparison("device", Level.BYTE_EQUAL),)), scores=Scores({"device": two, "tflm": values}))
    )
    assert fields["scores"]["device"]["confusion"] == [[1, 0], [1, 1]]
    assert fields["scores"]["device"]["labels"] == ["cats", "dogs"]
    assert fields["scores"]["device"]["roc"]["auc"] == 1.0
    assert fields["scores"]["tflm"]["outputs"][0] == {"name": "y", "mae": 0.5, "rmse": 0.5**0.5, "r2": 0.5, **_KEPT}
    assert "scores_by_output" not in fields
    several = Scores(by_output={"animal": {"tflm": two}, "age": {"tflm": values}})
    fields = _valid(dataclasses.replace(_device((_comparison("device", Level.BYTE_EQUAL),)), scores=several))
    assert fields["scores_by_output"]["age"]["tflm"]["kind"] == "regression"
    assert "scores" not in fields


def test_numbers_that_json_lacks_are_null_in_scores() -> None:
    lost = score_values(np.array([np.inf, 2.0]), np.array([1.0, 3.0]), "y")
    fields = _valid(dataclasses.replace(_device((_comparison("device", Level.BYTE_EQUAL),)), scores=Scores({"device": lost})))
    assert fields["scores"]["device"]["mae"] is None
