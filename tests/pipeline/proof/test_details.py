"""What a report keeps for its page: the graph, histograms, classes and a few samples, all of them bounded."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from PIL import Image

from benchmarks.mobilenets import mobilenet_v1
from mcu_toolkit.artifacts import FirmwareProject, RunResult, Vectors
from mcu_toolkit.model import parse_model
from mcu_toolkit.pipeline.proof.details import with_image_details, with_run_details
from mcu_toolkit.pipeline.proof.graph_details import graph_detail, histogram_of
from mcu_toolkit.pipeline.proof.host import validate
from mcu_toolkit.pipeline.proof.sample_details import error_details, predictions_of, sample_details
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.report import Report, to_json
from mcu_toolkit.report.details import MAX_PREDICTIONS, MAX_SAMPLES, MAX_SAMPLES_CHARACTERS, Details
from mcu_toolkit.system.records import from_plain, without_empty
from mcu_toolkit.validate import random_vectors
from tests.small_models import convolution, fully_connected, network

SCHEMA = json.loads((Path(__file__).resolve().parents[3] / "docs" / "report-schema.json").read_text(encoding="utf-8"))
DENSE = parse_model(fully_connected(softmax=True), "dense")


def test_the_graph_has_every_operator_with_shapes_scales_and_weights() -> None:
    model = parse_model(network(), "net")
    graph = graph_detail(model)
    assert graph is not None
    assert [node.operator for node in graph.nodes] == [op.name for op in model.main.ops]
    constants = {one.name: one for node in graph.nodes for one in node.constants}
    for op in model.main.ops:
        for tensor in (model.main.tensors[index] for index in op.inputs if index >= 0):
            if tensor.is_constant:
                assert tensor.data is not None
                found = constants[tensor.name]
                assert found.shape == tensor.shape
                assert found.histogram is not None
                assert sum(found.histogram.counts) == tensor.elements
    shown = {tensor.index for tensor in graph.tensors}
    assert all({*node.inputs, *node.outputs} <= shown for node in graph.nodes)
    assert {*graph.inputs, *graph.outputs} <= shown


@pytest.mark.parametrize(
    ("values", "low", "high", "counts"),
    [
        ([0, 0, 1, 3], -0.5, 3.5, (2, 1, 0, 1)),
        ([5, 5], 4.5, 5.5, (2,)),
        ([-3, 39], -3.5, 41.5, (1, *[0] * 13, 1)),
    ],
)
def test_integers_are_counted_in_bins_of_equally_many(values: list[int], low: float, high: float, counts: tuple[int, ...]) -> None:
    found = histogram_of(np.array(values))
    assert found is not None
    assert (found.low, found.high) == (low, high)
    assert found.counts == counts


def test_a_histogram_passes_over_what_is_not_finite() -> None:
    found = histogram_of(np.array([0.0, 1.0, np.nan, np.inf], np.float32))
    assert found is not None
    assert (found.low, found.high, sum(found.counts)) == (0.0, 1.0, 2)
    assert histogram_of(np.array([np.nan])) is None
    assert histogram_of(np.array([2.5])) is not None


def test_errors_are_those_of_the_first_output_and_none_where_bytes_are_equal() -> None:
    golden = RunResult("tflm", (np.array([[1, 2, 3, 4]], np.int8),))
    other = RunResult("litert", (np.array([[1, 2, 5, 3]], np.int8),))
    results = {"tflm": golden, "litert": other, "aot-host": RunResult("aot-host", golden.outputs)}
    (found,) = error_details(results, "tflm", DENSE)
    assert (found.runner, found.unit, found.histogram.counts) == ("litert", "LSB", (1, 2, 0, 1))


def test_classes_are_kept_by_runner_with_a_hash_of_the_inputs() -> None:
    outputs = np.array([[9, 0, 0, 0], [0, 9, 0, 0]], np.int8)
    vectors = Vectors((np.zeros((2, 6), np.int8),), np.array([0, 2]))
    found = predictions_of({"tflm": RunResult("tflm", (outputs,))}, DENSE, vectors)
    assert found is not None
    assert (found.classes, found.labels, found.count) == ({"tflm": (0, 1)}, (0, 2), 2)
    other = predictions_of({"tflm": RunResult("tflm", (outputs,))}, DENSE, Vectors((np.ones((2, 6), np.int8),)))
    assert other is not None
    assert other.inputs_sha256 != found.inputs_sha256


def test_no_more_classes_are_kept_than_a_result_holds() -> None:
    many = MAX_PREDICTIONS + 5
    outputs = np.zeros((many, 4), np.int8)
    found = predictions_of(
        {"tflm": RunResult("tflm", (outputs,))}, DENSE, Vectors((np.zeros((many, 6), np.int8),), np.zeros(many, np.int64))
    )
    assert found is not None
    assert (found.count, len(found.classes["tflm"]), len(found.labels)) == (MAX_PREDICTIONS,) * 3


def test_wrong_samples_are_kept_first_and_random_ones_never() -> None:
    count = 4 * MAX_SAMPLES
    outputs = np.zeros((count, 4), np.int8)
    outputs[:, 0] = 9
    labels = np.zeros(count, np.int64)
    labels[[7, 30]] = 1
    inputs = np.arange(count * 6, dtype=np.float32).reshape(count, 6)
    vectors = Vectors((inputs,), labels, "data.npz")
    predictions = predictions_of({"tflm": RunResult("tflm", (outputs,))}, DENSE, vectors)
    found = sample_details(vectors, predictions, DENSE)
    assert len(found) == MAX_SAMPLES
    assert [one.index for one in found[:2]] == [7, 30]
    assert found[0].values == tuple(float(value) for value in inputs[7])
    assert sample_details(random_vectors(DENSE, 5, 0), predictions, DENSE) == ()


def test_large_samples_are_fewer() -> None:
    model = parse_model(mobilenet_v1(96, 0.25, 2), "large")
    values = np.random.default_rng(0).uniform(size=(60, 96, 96, 3)).astype(np.float32)  # noise: what PNG cannot make smaller
    found = sample_details(Vectors((values,), source="x.npz"), None, model)
    assert 1 < len(found) < MAX_SAMPLES
    assert sum(len(one.png) for one in found) <= MAX_SAMPLES_CHARACTERS


def test_images_are_kept_as_pictures_of_a_bounded_size() -> None:
    model = parse_model(convolution(), "conv")
    _, height, width, channels = model.inputs[0].shape
    values = np.linspace(0, 1, 2 * height * width * channels, dtype=np.float32).reshape(2, height, width, channels)
    found = sample_details(Vectors((values,), source="x.npz"), None, model)
    assert len(found) == 2
    if found[0].kind == "image":
        picture = Image.open(io.BytesIO(base64.b64decode(found[0].png)))
        assert picture.size == (width, height)


def test_a_run_on_this_machine_keeps_details_that_agree_with_the_schema_and_are_read_back() -> None:
    report = validate(DENSE, random_vectors(DENSE, 3, 0), Silent())
    fields = json.loads(to_json(report))
    jsonschema.Draft202012Validator(SCHEMA).validate(fields)
    assert report.details is not None
    assert from_plain(Details, fields["details"]) == report.details
    assert fields["details"]["data"] == "random(n=3, seed=0)"


def test_an_image_that_is_not_there_takes_nothing_from_a_report(tmp_path: Path) -> None:
    report = Report("pass", "m", "0" * 64, "tflm")
    project = FirmwareProject(tmp_path / "nothing", "netduinoplus2", "aot", ("m",), ("0" * 64,))
    assert with_image_details(report, project) == report


def test_only_the_name_of_a_data_file_is_kept() -> None:
    outputs = np.zeros((1, 4), np.int8)
    vectors = Vectors((np.zeros((1, 6), np.int8),), source="/somewhere/secret/data.npz")
    report = with_run_details(Report("pass", "m", "0" * 64, "tflm"), {"tflm": RunResult("tflm", (outputs,))}, DENSE, vectors)
    assert report.details is not None
    assert without_empty(report.details)["data"] == "data.npz"
