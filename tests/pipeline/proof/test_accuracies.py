"""Right or wrong by labels, for every kind of output, in the stored integers and in real values."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from mcu_toolkit.artifacts import ClassificationScore, RegressionScore, RunResult, Vectors
from mcu_toolkit.artifacts.contract import InputContract, with_contract
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.model import Model, output_names, parse_model
from mcu_toolkit.pipeline.proof.accuracies import accuracies, with_scores
from mcu_toolkit.report import Report
from tests.model_builder import ModelBuilder
from tests.small_models import fully_connected

REPORT = Report("pass", "m", "0" * 64, "tflm")
X = (np.zeros((4, 6), np.int8),)


def _sigmoid() -> Model:
    builder = ModelBuilder()
    x = builder.tensor([1, 1], "int8", 0.05, 0, name="x")
    y = builder.tensor([1, 1], "int8", 1 / 256, -128, name="p")
    builder.op("LOGISTIC", [x], [y])
    content = with_contract(builder.build([x], [y]), InputContract(Preprocessing(labels=("no", "yes"))))
    return parse_model(content, "sigmoid")


def _two_outputs() -> Model:
    builder = ModelBuilder()
    x = builder.tensor([1, 3], "int8", 0.05, 0, name="x")
    a, b = (builder.tensor([1, 3], "int8", 0.05, 0, name=name) for name in ("a", "b"))
    builder.op("RELU", [x], [a])
    builder.op("RELU", [x], [b])
    return parse_model(builder.build([x], [a, b]), "two")


def test_classes_are_scored_with_the_models_own_names() -> None:
    content = with_contract(fully_connected(softmax=True), InputContract(Preprocessing(labels=("a", "b", "c", "d"))))
    model, labels = parse_model(content, "m"), np.array([0, 1, 2, 3])
    stored = np.full((4, 4), -128, np.int8)
    stored[np.arange(4), [0, 1, 2, 2]] = 127
    float_model = (stored.astype(np.float32) + 128) / 256
    results = {"tflm": RunResult("tflm", (stored,)), "keras": RunResult("keras", (float_model,))}
    report = with_scores(REPORT, results, model, Vectors(X, labels))
    assert list(report.scores.overall) == ["keras", "tflm"]
    for score in report.scores.overall.values():
        assert isinstance(score, ClassificationScore)
        assert score.labels == ("a", "b", "c", "d")
        assert score.confusion == ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 1, 0))
    assert accuracies(results, Vectors(X, labels), model).overall == {"keras": 0.75, "tflm": 0.75}


def test_one_probability_is_of_the_second_of_two_classes() -> None:
    model = _sigmoid()
    vectors = Vectors((np.zeros((4, 1), np.int8),), truth_by_output={"p": np.array([[0], [1], [1], [0]], np.float32)})
    result = RunResult("aot-host", (np.array([[-128], [1], [0], [127]], np.int8),))  # 0, 0.504, 0.5, 0.996
    (score,) = with_scores(REPORT, {"aot-host": result}, model, vectors).scores.overall.values()
    assert isinstance(score, ClassificationScore)
    assert (score.labels, score.confusion) == (("no", "yes"), ((1, 1), (1, 1)))
    assert accuracies({"aot-host": result}, vectors, model).overall == {"aot-host": 0.5}


def test_a_probability_is_compared_as_a_number_where_the_truth_is_no_class() -> None:
    vectors = Vectors((np.zeros((2, 1), np.int8),), truth_by_output={"p": np.array([[0.25], [0.75]], np.float32)})
    result = RunResult("tflm", (np.array([[-64], [64]], np.int8),))
    (score,) = with_scores(REPORT, {"tflm": result}, _sigmoid(), vectors).scores.overall.values()
    assert isinstance(score, RegressionScore)
    assert score.mae == 0.0
    assert accuracies({"tflm": result}, vectors, _sigmoid()).overall == {}


def test_values_are_scored_after_dequantizing() -> None:
    model = parse_model(fully_connected(), "m")
    stored = np.array([[-128, -103, -78, -128]], np.int8)  # scale 0.04, zero point -128: 0, 1, 2, 0
    truth = np.array([[0.0, 1.0, 2.0, 0.5]], np.float32)
    vectors = Vectors((np.zeros((1, 6), np.int8),), truth_by_output={output_names(model)[0]: truth})
    (score,) = with_scores(REPORT, {"device": RunResult("device", (stored,))}, model, vectors).scores.overall.values()
    assert isinstance(score, RegressionScore)
    assert score.mae == pytest.approx(0.125)


def test_outputs_of_several_are_scored_by_name() -> None:
    model = _two_outputs()
    vectors = Vectors((np.zeros((2, 3), np.int8),), labels_by_output={"b": np.array([0, 1])})
    stored = np.array([[9, 0, 0], [9, 0, 0]], np.int8)
    report = with_scores(REPORT, {"tflm": RunResult("tflm", (stored, stored))}, model, vectors)
    assert report.scores.overall == {}
    assert list(report.scores.by_output) == ["b"]
    assert report.scores.by_output["b"]["tflm"].kind == "classification"


def test_without_labels_there_is_nothing() -> None:
    model = parse_model(fully_connected(), "m")
    report = with_scores(REPORT, {"tflm": RunResult("tflm", (np.zeros((4, 4), np.int8),))}, model, Vectors(X))
    assert report == dataclasses.replace(REPORT)
