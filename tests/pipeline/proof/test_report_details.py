"""Distances, contingency table, durations and watermarks of results that were made up."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import jsonschema
import numpy as np

from mcu_toolkit.artifacts import ArenaUse, DeviceFacts, Footprint, RunResult, Vectors
from mcu_toolkit.boards import load_board
from mcu_toolkit.model import parse_model
from mcu_toolkit.pipeline.proof.report_details import with_board_facts, with_distances
from mcu_toolkit.report import Report, to_json, to_text
from mcu_toolkit.validate import compare
from tests.small_models import fully_connected

MODEL = parse_model(fully_connected(softmax=True), "dense")
SCHEMA = json.loads((Path(__file__).resolve().parents[3] / "docs" / "report-schema.json").read_text(encoding="utf-8"))
GOLDEN = np.array([[10, 5, 0, -9], [1, 2, 3, 4], [7, 0, 0, 0], [0, 0, 9, 0]], np.int8)
OTHER = np.array([[10, 5, 0, -9], [1, 2, 5, 4], [7, 0, 0, 0], [0, 0, 9, 0]], np.int8)
LABELS = np.array([0, 3, 1, 2])


def measured() -> Report:
    ticks = np.array([40, 10, 30, 20], np.uint64)
    told = DeviceFacts("netduinoplus2", "aot", "0", clock_hz=168_000_000, stack_reserved_bytes=4096, stack_used_bytes=640)
    device = RunResult("device", (OTHER,), ticks, "instructions", ArenaUse(60, 64), told)
    golden = RunResult("tflm", (GOLDEN,))
    scale = 1 / 256
    float_model = RunResult("keras", ((GOLDEN.astype(np.float32) + 128) * scale,))
    report = Report.of_device_run(
        model=MODEL, board="netduinoplus2", runtime="aot", golden="tflm", comparisons=[compare(device, golden)], accuracy={}, result=device
    ).with_footprint(Footprint(20_000, 3_000, 12_000, 7_900, 100, 2_900, 64))
    results = {"device": device, "tflm": golden, "keras": float_model}
    report = with_distances(report, results, MODEL, Vectors(inputs=(), labels=LABELS))
    return with_board_facts(report, device, load_board("netduinoplus2"))


def test_every_pair_has_a_level_and_every_runner_is_compared_with_the_labels() -> None:
    rows = {(one.a, one.b): one for one in measured().cross}
    assert set(rows) == {
        ("device", "tflm"), ("device", "keras"), ("tflm", "keras"), ("device", "labels"), ("tflm", "labels"), ("keras", "labels"),
    }  # fmt: skip
    assert rows["device", "tflm"].same_class == 0.75
    assert (rows["device", "tflm"].level, rows["device", "tflm"].max_lsb) == ("different", 2)
    assert (rows["tflm", "keras"].level, rows["tflm", "keras"].same_class) == ("byte-equal", 1.0)
    assert rows["device", "labels"].same_class == 0.5
    assert rows["tflm", "labels"].same_class == 0.75
    assert rows["tflm", "labels"].level is None


def test_distances_are_those_from_the_golden_runner() -> None:
    found = measured().metrics
    assert set(found) == {"device", "keras"}
    assert found["device"].rmse == np.sqrt((2 / 256) ** 2 / 16)
    assert found["device"].acc == 0.75
    assert found["device"].confusion == ((2, 0, 0, 0), (0, 0, 0, 0), (0, 0, 1, 0), (0, 0, 1, 0))
    assert found["keras"].rmse == 0.0


def test_durations_are_ranks_and_watermarks_what_is_used_and_left() -> None:
    report = measured()
    assert report.durations is not None
    assert (report.durations.min, report.durations.median, report.durations.p95, report.durations.p99, report.durations.max) == (
        10, 20, 40, 40, 40,
    )  # fmt: skip
    marks = report.watermarks
    assert marks is not None
    assert (marks.stack_used_bytes, marks.arena_used_bytes) == (640, 60)
    assert marks.ram_left_bytes == 131_072 - 4096 - 3_000
    assert marks.flash_left_bytes == 1_048_576 - 20_000
    assert report.clock_hz == 168_000_000


def test_the_views_agree_with_the_schema_and_show_it_all() -> None:
    report = measured()
    fields = json.loads(to_json(report))
    jsonschema.Draft202012Validator(SCHEMA).validate(fields)
    assert [fields["watermarks"][name] for name in ("stack_bytes", "stack_used_bytes", "stack_reserved_bytes")] == [640, 640, 4096]
    assert fields["stack_bytes"] == fields["watermarks"]["stack_bytes"], "one name, one meaning"
    text = to_text(report)
    for words in ("same class", "p95", "RAM left", "640 B of 4,096 B used", "tflm \\ device"):
        assert words in text


def test_what_a_result_should_say_and_cannot_has_a_reason() -> None:
    report = measured()
    assert report.unknown == {}
    assert "168 MHz" in to_text(report)
    told = DeviceFacts("netduinoplus2", "aot", "0", observed=True)
    observed = RunResult("device", (OTHER,), None, "", ArenaUse(60, 64), told)
    bare = with_board_facts(dataclasses.replace(report, footprint=None), observed, load_board("netduinoplus2"))
    assert {name: why.split(":")[0] for name, why in bare.unknown.items()} == {
        "stack": "this board's core has no watermark",
        "RAM left": "the image on the board is not at hand",
        "flash left": "the image on the board is not at hand",
        "clock": "the board says none",
        "durations": "the tensor observer's work is part of what an inference takes",
    }
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(to_json(bare)))
    assert "not known: the board says none" in to_text(bare)
    broken_off = with_board_facts(report, RunResult("device", (OTHER,)), load_board("nano33ble"))
    assert {"stack", "arena", "clock", "durations"} == set(broken_off.unknown)
