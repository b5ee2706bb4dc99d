"""`mcu quantize` of a model of anomalies: its threshold is that of its own scores, and what cannot be used is said."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.artifacts.contract import contract_of_model, contract_of_source
from mcu_toolkit.errors import InputError
from mcu_toolkit.model import read_model
from mcu_toolkit.pipeline.predict import PredictRequest, predict
from mcu_toolkit.pipeline.quantize import QuantizeRequest, QuantizeResult, compare, quantize
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.quantize.quantized_model import read_record
from mcu_toolkit.train import TrainedModel
from mcu_toolkit.train.anomaly.anomaly import AnomalyOptions, train_anomaly
from mcu_toolkit.train.phases import Reporting
from tests.moving_things import machine_folder

pytestmark = pytest.mark.slow
TARGET = 0.05


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> TrainedModel:
    folder = machine_folder(tmp_path_factory.mktemp("data") / "motor", takes=6, broken=2)
    silent = Reporting(lambda _: None, lambda _: None, lambda *_: None)
    return train_anomaly(AnomalyOptions(folder, epochs=4, false_alarms=TARGET), tmp_path_factory.mktemp("out") / "motor", silent)


@pytest.fixture(scope="module")
def quantized(trained: TrainedModel, tmp_path_factory: pytest.TempPathFactory) -> StepResult[QuantizeResult]:
    output = tmp_path_factory.mktemp("int8") / "m.tflite"
    return quantize(QuantizeRequest(trained.keras_file, trained.data_file, output), Silent())


def _arrays(trained: TrainedModel) -> dict[str, np.ndarray]:
    with np.load(trained.data_file) as data:
        return dict(data)


def _scores(model: Path, raw: np.ndarray, folder: Path) -> np.ndarray:
    np.savez(folder / "scored.npz", x=raw)
    found = predict(PredictRequest(model, [str(folder / "scored.npz")]), Silent()).facts.predictions
    return np.array([one.anomaly.score for one in found if one.anomaly is not None])


def test_the_threshold_lets_through_the_share_of_normal_windows_that_was_asked_for(
    quantized: StepResult[QuantizeResult], trained: TrainedModel, tmp_path: Path
) -> None:
    path, arrays = quantized.facts.model.path, _arrays(trained)
    rule, before = contract_of_model(read_model(path)).anomaly, contract_of_source(trained.keras_file).anomaly
    assert rule is not None
    assert before is not None
    assert rule.false_alarms == before.false_alarms == TARGET
    scores = _scores(path, arrays["validation"], tmp_path)
    assert rule.threshold == pytest.approx(np.quantile(scores, 1 - TARGET))
    assert np.mean(scores > rule.threshold) == pytest.approx(TARGET, abs=1 / len(scores))
    assert rule.threshold != before.threshold


def test_the_record_is_of_the_file_as_it_is(quantized: StepResult[QuantizeResult]) -> None:
    path = quantized.facts.model.path
    model, record = read_model(path), read_record(quantized.facts.model.record_path)
    assert record.sha256 == quantized.facts.model.sha256 == model.sha256
    assert record.size_bytes == path.stat().st_size


def test_it_is_judged_by_recordings_and_windows(quantized: StepResult[QuantizeResult], trained: TrainedModel, tmp_path: Path) -> None:
    found, arrays = quantized.facts.anomaly, _arrays(trained)
    assert found is not None
    wrong = _scores(found_path := quantized.facts.model.path, arrays["anomalies"], tmp_path)
    normal = _scores(found_path, arrays["x"], tmp_path)
    assert found.detected == pytest.approx(np.mean(wrong > found.threshold))
    assert found.false_alarms == pytest.approx(np.mean(normal > found.threshold))
    assert found.auc == 1.0
    assert len(np.unique(arrays["anomalies_recording"])) == 2
    assert any("the float model's was" in line for line in quantized.lines)
    assert json.loads(quantized.to_json())["anomaly"]["auc"] == 1.0


def test_without_normal_windows_the_threshold_is_the_float_models_and_that_is_said(trained: TrainedModel, tmp_path: Path) -> None:
    arrays = _arrays(trained)
    np.savez(tmp_path / "d.npz", x=arrays["x"], x_rep=arrays["x_rep"])
    result = quantize(QuantizeRequest(trained.keras_file, tmp_path / "d.npz", tmp_path / "m.tflite"), Silent())
    assert result.facts.anomaly is None
    assert any("is the float model's" in line and "--data names no file" in line for line in result.lines)
    assert contract_of_model(read_model(tmp_path / "m.tflite")).anomaly == contract_of_source(trained.keras_file).anomaly


def test_each_scheme_of_a_comparison_has_the_threshold_of_its_own_scores(trained: TrainedModel, tmp_path: Path) -> None:
    result = compare(QuantizeRequest(trained.keras_file, trained.data_file, tmp_path / "all"), Silent())
    normal = _arrays(trained)["validation"]
    judged = {row.scheme: row.anomaly for row in result.facts.rows}
    assert all(judge is not None for judge in judged.values())
    thresholds = {scheme: judge.quality.threshold for scheme, judge in judged.items() if judge is not None and judge.quality is not None}
    assert thresholds.keys() >= {"float32", "int8", "int8-float-io"}
    for scheme in ("float32", "int8"):
        path = tmp_path / f"all/{scheme}.tflite"
        rule = contract_of_model(read_model(path)).anomaly
        assert rule is not None
        assert rule.threshold == thresholds[scheme] == pytest.approx(np.quantile(_scores(path, normal, tmp_path), 1 - TARGET), rel=1e-4)
        assert read_record(path.with_name(f"{path.name}.json")).sha256 == read_model(path).sha256
    assert thresholds["int8"] != thresholds["float32"]
    sizes = {row.scheme: row.size_bytes for row in result.facts.rows}
    assert sizes == {scheme: (tmp_path / f"all/{scheme}.tflite").stat().st_size for scheme in sizes}
    assert any(line.split()[:2] == ["int8", f"{thresholds['int8']:.6g}"] for line in result.lines)
    again = compare(QuantizeRequest(trained.keras_file, trained.data_file, tmp_path / "all"), Silent())
    assert (again.up_to_date, again.facts.rows) == (True, result.facts.rows)


@pytest.mark.parametrize(
    ("key", "array", "words"),
    [
        ("validation", np.zeros((4, 7), np.uint16), "'validation' has samples of 7 numbers"),
        ("recording", np.zeros(3, np.int64), "'recording' does not number"),
        ("validation", np.array(7, np.uint16), r"'validation' has shape \[\] and type uint16"),
        ("validation", np.zeros((0, 7), np.uint16), r"'validation' has shape \[0, 7\]"),
        ("anomalies", np.array(["a", "b"]), r"'anomalies' has shape \[2\] and type <U1"),
    ],
)
def test_arrays_that_do_not_belong_together_are_refused(
    key: str, array: np.ndarray, words: str, trained: TrainedModel, tmp_path: Path
) -> None:
    np.savez(tmp_path / "d.npz", **(_arrays(trained) | {key: array}))
    with pytest.raises(InputError, match=words):
        quantize(QuantizeRequest(trained.keras_file, tmp_path / "d.npz", tmp_path / "m.tflite"), Silent())
    assert not list(tmp_path.glob("m.tflite*"))
