"""What every interpreter of this machine does alike, and where LiteRT may differ from TFLM."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from mcu_toolkit.errors import InputError, McuError, UnsupportedModelError
from mcu_toolkit.model import Model, parse_model, read_model
from mcu_toolkit.runners.base import Runner
from mcu_toolkit.runners.litert import LiteRtRunner
from mcu_toolkit.runners.samples import sample_shape
from mcu_toolkit.runners.tflm import TflmRunner
from mcu_toolkit.validate import random_vectors
from tests import shared_models, small_models
from tests.model_builder import ModelBuilder

Start = Callable[[Model], Runner]

INTERPRETERS: dict[str, Start] = {"litert": LiteRtRunner, "litert-reference": lambda model: LiteRtRunner(model, use_reference=True)}
if sys.platform == "linux":
    INTERPRETERS["tflm"] = TflmRunner


@pytest.fixture(params=sorted(INTERPRETERS))
def start(request: pytest.FixtureRequest) -> Iterator[Start]:
    """Starts the interpreter under test and closes what the test started."""
    started: list[Runner] = []

    def begin(model: Model) -> Runner:
        started.append(INTERPRETERS[request.param](model))
        assert started[-1].name == request.param
        return started[-1]

    yield begin
    for runner in started:
        runner.close()


def test_outputs_have_the_models_dtype_and_one_row_a_sample(start: Start) -> None:
    model = parse_model(small_models.convolution(), "convolution")
    result = start(model).run(random_vectors(model, 3, seed=1).inputs)
    (output,) = result.outputs
    assert (output.shape, output.dtype) == ((3, 6, 5, 4), np.int8)
    assert len(np.unique(output)) > 20


def test_fully_connected_is_what_its_formula_says(start: Start) -> None:
    model = parse_model(small_models.fully_connected(inputs=6, outputs=4, seed=7), "dense")
    vectors = random_vectors(model, 20, seed=2)
    (output,) = start(model).run(vectors.inputs).outputs
    weights, bias = (model.main.tensors[index].data for index in (1, 2))
    assert weights is not None
    assert bias is not None
    accumulators = (vectors.inputs[0].astype(np.int64) - 3) @ weights.astype(np.int64).T + bias
    real = accumulators * (0.05 * 0.02) / 0.04
    expected = np.clip(np.round(np.maximum(real, 0)) - 128, -128, 127)
    assert np.abs(output - expected).max() <= 1  # by one where an interpreter rounds twice
    assert (output == expected).mean() > 0.9


def test_two_inputs_are_not_mixed_up(start: Start) -> None:
    model = parse_model(small_models.addition(), "add")
    a = np.arange(-3, 3, dtype=np.int8).reshape(1, 3, 2) * 10
    b = np.full((1, 3, 2), -5, np.int8)
    (output,) = start(model).run([a, b]).outputs
    np.testing.assert_allclose(output, 0.1 * (a.astype(float) - 1) / 0.3, atol=1)


def test_several_outputs_come_back_in_order(start: Start) -> None:
    builder = ModelBuilder()
    x = builder.tensor([1, 4], "int8", 0.1, 0)
    axis = builder.tensor([], "int32", data=1)
    parts = [builder.tensor([1, 2], "int8", 0.1, 0) for _ in range(2)]
    builder.op("SPLIT", [axis, x], parts, num_splits=2)
    model = parse_model(builder.build([x], [parts[1], parts[0]]), "split")
    result = start(model).run([np.array([[1, 2, 3, 4], [5, 6, 7, 8]], np.int8)])
    assert [output.tolist() for output in result.outputs] == [[[3, 4], [7, 8]], [[1, 2], [5, 6]]]


def test_an_input_without_a_batch_dimension_is_one_sample(start: Start) -> None:
    builder = ModelBuilder()
    x = builder.tensor([3, 2], "int8", 0.1, 0)
    y = builder.tensor([3, 2], "int8", 0.1, 0)
    builder.op("RELU", [x], [y])
    model = parse_model(builder.build([x], [y]), "relu")
    samples = np.arange(-6, 6, dtype=np.int8).reshape(2, 3, 2)
    assert start(model).run([samples]).outputs[0].tolist() == np.maximum(samples, 0).tolist()


def test_state_lasts_until_reset(start: Start) -> None:
    model = parse_model(small_models.counter(), "counter")
    runner = start(model)
    ones = np.ones((3, 2), np.float32)
    assert runner.run([ones]).outputs[0][:, 0].tolist() == [1, 2, 3]
    assert runner.run([ones]).outputs[0][:, 0].tolist() == [4, 5, 6]
    runner.reset()
    assert runner.run([ones]).outputs[0][:, 0].tolist() == [1, 2, 3]


def test_running_twice_gives_the_same(start: Start) -> None:
    model = parse_model(small_models.fully_connected(softmax=True), "dense")
    runner = start(model)
    inputs = random_vectors(model, 8, seed=3).inputs
    first, second = runner.run(inputs).outputs[0], runner.run(inputs).outputs[0]
    one_by_one = np.concatenate([runner.run([inputs[0][i : i + 1]]).outputs[0] for i in range(8)])
    assert first.tobytes() == second.tobytes() == one_by_one.tobytes()


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ([np.zeros((2, 6), np.float32)], r"input 0 'x' is float32 \[2, 6\]"),
        ([np.zeros((2, 5), np.int8)], r"input 0 'x' is int8 \[2, 5\]"),
        ([np.zeros((2, 1, 6), np.int8)], r"input 0 'x' is int8 \[2, 1, 6\]"),
        ([], "0 input arrays given"),
    ],
)
def test_wrong_inputs_are_named(start: Start, inputs: list[npt.NDArray[Any]], message: str) -> None:
    runner = start(parse_model(small_models.fully_connected(), "dense"))
    with pytest.raises(InputError, match=message):
        runner.run(inputs)


def test_a_model_with_an_unknown_operator_is_refused(start: Start) -> None:
    builder = ModelBuilder()
    x = builder.tensor([1, 2], "int8", 0.1, 0)
    y = builder.tensor([1, 2], "int8", 0.1, 0)
    builder.op("NO_SUCH_OPERATOR", [x], [y], custom_options=b"")
    with pytest.raises(UnsupportedModelError, match=r"refuses the model.*NO_SUCH_OPERATOR|refuses the model"):
        start(parse_model(builder.build([x], [y]), "custom"))


def test_closing_twice_is_fine(start: Start) -> None:
    runner = start(parse_model(small_models.addition(), "add"))
    runner.close()
    runner.close()


def test_nothing_is_printed(start: Start, capfd: pytest.CaptureFixture[str]) -> None:
    model = parse_model(small_models.fully_connected(), "dense")
    start(model).run(random_vectors(model, 2, seed=0).inputs)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", shared_models.NAMES)
def test_litert_is_near_tflm_on_public_models(name: str) -> None:
    model = read_model(shared_models.shared_model(name))
    inputs = random_vectors(model, 4, seed=0).inputs
    assert inputs[0].shape[1:] == sample_shape(model.inputs[0])
    outputs = {}
    for kind, begin in INTERPRETERS.items():
        runner = begin(model)
        outputs[kind] = runner.run(inputs).outputs[0].astype(int)
        runner.close()
    for kind, output in outputs.items():
        # Measured: XNNPACK is up to 47 LSB from TFLM on `ic` and has up to 30 % differing elements on `ad01`.
        assert np.abs(output - outputs["litert-reference"]).max() <= 60, kind


def test_only_errors_of_ours_come_out_of_litert_for_a_model_it_cannot_run() -> None:
    builder = ModelBuilder()
    x = builder.tensor([1, 4, 4, 1], "int8", 0.1, 0)
    y = builder.tensor([1, 9, 9, 1], "int8", 0.1, 0)
    weights = builder.tensor([1, 3, 3, 2], data=1, scales=[0.1], axis=0)  # two channels for an input of one
    builder.op("CONV_2D", [x, weights, -1], [y], padding="VALID", stride_w=1, stride_h=1)
    with pytest.raises(McuError, match="LiteRT refuses the model"):
        LiteRtRunner(parse_model(builder.build([x], [y]), "mismatched"))
