"""The main job in one command, and the thresholds that can fail it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from mcu_toolkit.errors import NotSatisfiedError
from mcu_toolkit.pipeline.demo import Thresholds, check_accuracy
from mcu_toolkit.report import Report
from scripts.pictures.recording import DEMO
from tests.recordings import differences

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.timeout(1800)  # Half a minute, and many on a machine with other work.
def test_one_command_trains_quantizes_flashes_and_proves_as_the_picture_shows(boards: Path, tmp_path: Path) -> None:
    """`make demo`, and what README shows of it."""
    [command] = DEMO.commands
    words = [sys.executable, "-m", "mcu_toolkit", *command.split()[1:]]
    result = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=1700)
    assert result.returncode == 0, result.stdout + result.stderr
    assert not differences(DEMO, [result.stderr + result.stdout])
    demo = tmp_path / "build/demo"
    report = json.loads((demo / "report.json").read_text())
    jsonschema.validate(report, json.loads((ROOT / "docs/report-schema.json").read_text()))
    assert report["verdict"] == "pass"
    device = next(c for c in report["comparisons"] if c["a"] == "device")
    assert (device["b"], device["differing_bytes"]) == ("tflm", 0)
    assert device["samples"] >= 359
    assert {"keras", "litert", "tflm", "aot-host", "device"} <= set(report["accuracy"])
    assert report["accuracy"]["keras"] >= 0.95
    assert abs(report["accuracy"]["keras"] - report["accuracy"]["device"]) <= 0.01
    names = {path.name for path in demo.iterdir()}
    assert {"model_data.h", "model_data.cc", "digits_int8.tflite", "firmware", "digits"} <= names


GOOD = Report("pass", "digits", "0" * 64, "tflm", accuracy={"keras": 0.97, "device": 0.965})


def test_good_accuracies_pass() -> None:
    check_accuracy(GOOD, Thresholds())


@pytest.mark.parametrize(
    ("accuracies", "words"),
    [
        ({"keras": 0.949, "device": 0.949}, "float accuracy is 94.90 %"),
        ({"keras": 0.97, "device": 0.959}, "int8 accuracy is 95.90 %, float 97.00 %"),
    ],
)
def test_an_accuracy_below_its_threshold_is_a_no_with_numbers(accuracies: dict[str, float], words: str) -> None:
    with pytest.raises(NotSatisfiedError, match=words) as refused:
        check_accuracy(replace(GOOD, accuracy=accuracies), Thresholds())
    assert refused.value.exit_code == 1
