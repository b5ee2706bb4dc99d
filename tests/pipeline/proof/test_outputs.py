"""`--outputs`: every runner's outputs in a file, a few in the report."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from mcu_toolkit.artifacts import RunResult, Vectors
from mcu_toolkit.errors import InputError
from mcu_toolkit.model import parse_model
from mcu_toolkit.pipeline.proof.outputs import require_npz, with_outputs
from mcu_toolkit.report import Report, to_json
from tests import small_models

SCHEMA = json.loads((Path(__file__).resolve().parents[3] / "docs" / "report-schema.json").read_text(encoding="utf-8"))
MODEL = parse_model(small_models.fully_connected(outputs=40), "wide")
REPORT = Report("fail", "wide", MODEL.sha256, "tflm", reasons=("no",))


def run(runner: str, samples: int) -> RunResult:
    return RunResult(runner, (np.arange(samples * 40, dtype=np.int8).reshape(samples, 40),))


def test_the_file_has_all_and_the_report_a_few(tmp_path: Path) -> None:
    vectors = Vectors((np.zeros((5, 6), np.float32),), labels=np.array([4, 3, 2, 1, 0]))
    results = {"tflm": run("tflm", 5), "device": run("device", 5), "keras": RunResult("keras", (np.full((5, 40), np.nan, np.float32),))}
    report = with_outputs(REPORT, tmp_path / "o.npz", results, MODEL, vectors)
    with np.load(tmp_path / "o.npz") as stored:
        assert set(stored) == {"device", "tflm", "keras", "y"}
        assert np.array_equal(stored["device"], results["device"].outputs[0])
        assert stored["device"].dtype == np.int8
        assert stored["y"].tolist() == [4, 3, 2, 1, 0]
    fields = json.loads(to_json(report))
    jsonschema.Draft202012Validator(SCHEMA).validate(fields)
    assert fields["files"] == [str(tmp_path / "o.npz")]
    [first, _, third] = fields["outputs_of_samples"]
    [name] = first["outputs"]["device"]
    assert first["outputs"]["device"][name] == list(range(32))
    assert third["labels"] == {name: 2}
    assert first["outputs"]["keras"][name][0] is None


def test_nobody_asked() -> None:
    vectors = Vectors((np.zeros((1, 6), np.float32),))
    assert with_outputs(REPORT, None, {"tflm": run("tflm", 1)}, MODEL, vectors) is REPORT
    require_npz(None)


def test_another_name_is_refused() -> None:
    with pytest.raises(InputError, match=r"o\.csv: is no name for a file of arrays"):
        require_npz(Path("o.csv"))


def test_the_samples_are_not_overwritten(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"d\.npz: holds the samples, and would be overwritten"):
        require_npz(tmp_path / "d.npz", tmp_path / "." / "d.npz")
    require_npz(tmp_path / "o.npz", tmp_path / "d.npz")
