"""predictions.png and predictions.json: which samples, in which order, with which pixels."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mcu_toolkit.artifacts import RunResult, Vectors
from mcu_toolkit.artifacts.contract import InputContract, with_contract
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.model import output_names, parse_model
from mcu_toolkit.pipeline.proof.accuracies import with_scores
from mcu_toolkit.pipeline.proof.predictions import pictures_of, with_predictions
from mcu_toolkit.report import Report
from mcu_toolkit.validate import quantize
from tests.model_builder import ModelBuilder
from tests.small_models import fully_connected, network

REPORT = Report("pass", "m", "0" * 64, "tflm")
MODEL = parse_model(network(), "net")  # int8 [1, 8, 8, 1] -> [1, 8]
TRUTH = np.array([0, 1, 2])
OUTPUT = np.zeros((3, 8), np.int8)
OUTPUT[0, 3], OUTPUT[1, 1], OUTPUT[2, 4] = 20, 5, 90
VECTORS = Vectors((np.zeros((3, 8, 8, 1), np.int8),), TRUTH, "set.npz")


def _written(folder: Path, vectors: Vectors = VECTORS, output: np.ndarray = OUTPUT, model=MODEL) -> Report:  # noqa: ANN001
    results = {"tflm": RunResult("tflm", (output,)), "litert": RunResult("litert", (output * 0,))}
    return with_predictions(with_scores(REPORT, results, model, vectors), folder, results, model, vectors)


def test_the_runner_nearest_to_the_board_is_told_sample_by_sample_the_worst_first(tmp_path: Path) -> None:
    report = _written(tmp_path)
    assert report.files == (tmp_path / "predictions.png", tmp_path / "predictions.json")
    text = json.loads((tmp_path / "predictions.json").read_text())
    assert (text["runner"], text["source"], text["model"]["sha256"]) == ("tflm", "set.npz", MODEL.sha256)
    assert [(one["sample"], one["truth"], one["class"], one["right"]) for one in text["predictions"]] == [
        (2, 2, 4, False), (0, 0, 3, False), (1, 1, 1, True),
    ]  # fmt: skip
    assert [one["probability"] for one in text["predictions"]] == [None] * 3, "without a softmax there are none"
    assert text["score"]["accuracy"] == pytest.approx(1 / 3)
    assert Image.open(io.BytesIO((tmp_path / "predictions.png").read_bytes())).size[0] == 1080


def test_what_is_no_picture_has_the_json_alone(tmp_path: Path) -> None:
    model = parse_model(fully_connected(softmax=True), "dense")
    stored = np.array([[-128, 127, -128, -128]], np.int8)
    report = _written(tmp_path, Vectors((np.zeros((1, 6), np.int8),), np.array([1])), stored, model)
    assert report.files == (tmp_path / "predictions.json",)
    (one,) = json.loads((tmp_path / "predictions.json").read_text())["predictions"]
    assert one["probability"] == pytest.approx(255 / 256)
    assert [path.name for path in tmp_path.iterdir()] == ["predictions.json"]


def test_nothing_is_written_without_labels_or_without_a_folder(tmp_path: Path) -> None:
    assert _written(tmp_path, Vectors(VECTORS.inputs)).files == ()
    results = {"tflm": RunResult("tflm", (OUTPUT,))}
    scored = with_scores(REPORT, results, MODEL, VECTORS)
    assert with_predictions(scored, None, results, MODEL, VECTORS) == scored
    assert not list(tmp_path.iterdir())


def test_pixels_are_those_before_the_preprocessing() -> None:
    described = Preprocessing("uint8", mean=(10.0,), scale=(1 / 64,), layout="hwc")
    model = parse_model(with_contract(network(), InputContract(described)), "net")
    raw = (np.arange(2 * 64) % 250).reshape(2, 8, 8, 1).astype(np.uint8)
    real = described.apply(raw)
    for stored in (real, quantize(real, model.inputs[0])):
        shown = pictures_of(model, Vectors((stored,)), [1])
        assert shown is not None
        held = raw[1] if stored is real else np.clip(raw[1], 10, 10 + (6 * 64))
        assert np.abs(shown[0].astype(int) - held).max() <= (0 if stored is real else 1)


def test_of_pixels_that_nothing_is_known_about_the_smallest_is_black_and_the_largest_white() -> None:
    stored = np.zeros((1, 8, 8, 1), np.float32)
    stored[0, 0, 0], stored[0, 0, 1] = -3.0, 5.0
    shown = pictures_of(MODEL, Vectors((stored,)), [0])
    assert shown is not None
    assert (shown[0].min(), shown[0].max()) == (0, 255)


def _two_outputs() -> bytes:
    """[1, 8, 8, 1] -> `kind` [1, 3] by a softmax and `good` [1, 1], the probability of one of two classes."""
    builder = ModelBuilder()
    x = builder.tensor([1, 8, 8, 1], "float32", name="x")
    flat = builder.tensor([1, 64], "float32", name="flat")
    builder.op("RESHAPE", [x, builder.tensor([2], "int32", data=[1, 64], name="shape")], [flat])
    ends = []
    for name, width, operator in (("kind", 3, "SOFTMAX"), ("good", 1, "LOGISTIC")):
        weights = builder.tensor([width, 64], "float32", data=np.ones((width, 64)), name=f"{name}_weights")
        hidden, end = builder.tensor([1, width], "float32", name=f"{name}_sum"), builder.tensor([1, width], "float32", name=name)
        builder.op("FULLY_CONNECTED", [flat, weights, -1], [hidden])
        builder.op(operator, [hidden], [end])
        ends.append(end)
    return builder.build([x], ends)


def test_every_output_with_classes_has_files_of_its_own(tmp_path: Path) -> None:
    model = parse_model(_two_outputs(), "two")
    kind, good = output_names(model)
    vectors = Vectors(
        (np.zeros((3, 8, 8, 1), np.float32),),
        labels_by_output={kind: np.array([0, 1, 2])},
        truth_by_output={good: np.array([[1.0], [0.0], [1.0]], np.float32)},
    )
    outputs = (np.eye(3, dtype=np.float32)[[0, 2, 2]], np.array([[0.75], [0.625], [0.125]], np.float32))
    results = {"tflm": RunResult("tflm", outputs)}
    report = with_predictions(with_scores(REPORT, results, model, vectors), tmp_path, results, model, vectors)
    assert [path.name for path in report.files] == [f"predictions-{name}.{end}" for name in (kind, good) for end in ("png", "json")]
    found = {name: json.loads((tmp_path / f"predictions-{name}.json").read_text()) for name in (kind, good)}
    assert {name: text["output"] for name, text in found.items()} == {kind: kind, good: good}
    assert [one["sample"] for one in found[kind]["predictions"] if not one["right"]] == [1]
    rows = [(one["sample"], one["class"], one["probability"]) for one in found[good]["predictions"]]
    assert rows == [(2, 0, 0.875), (1, 1, 0.625), (0, 1, 0.75)], "the most confident mistake first"


def test_of_several_outputs_those_without_classes_have_no_files(tmp_path: Path) -> None:
    model = parse_model(_two_outputs(), "two")
    vectors = Vectors((np.zeros((1, 8, 8, 1), np.float32),), truth_by_output={"kind": np.array([[0.5, 0.5, 0.0]], np.float32)})
    results = {"tflm": RunResult("tflm", (np.zeros((1, 3), np.float32), np.zeros((1, 1), np.float32)))}
    scored = with_scores(REPORT, results, model, vectors)
    assert scored.scores.by_output, "a regression has a score"
    assert with_predictions(scored, tmp_path, results, model, vectors) == scored
    assert not list(tmp_path.iterdir())
