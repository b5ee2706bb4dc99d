"""What every runner promises (`mcu_toolkit/runners/base.py`), for each of them."""

from __future__ import annotations

import numpy as np
import pytest

from mcu_toolkit.errors import McuError
from mcu_toolkit.model import parse_model
from mcu_toolkit.runners import TflmRunner
from mcu_toolkit.validate import inputs_for, random_vectors
from tests.conformance.conftest import Start
from tests.small_models import addition, convolution, fully_connected

MODELS = {"dense": fully_connected(softmax=True), "convolution": convolution(), "two-inputs": addition()}


@pytest.mark.parametrize("name", MODELS)
def test_outputs_have_the_tensors_dtype_and_shape_and_are_near_the_golden(name: str, start: Start) -> None:
    model = parse_model(MODELS[name], name)
    inputs = inputs_for(model, random_vectors(model, 7, 1))
    result = start(model).run(inputs)
    golden = TflmRunner(model).run(inputs)
    assert len(result.outputs) == len(model.outputs)
    for found, expected in zip(result.outputs, golden.outputs, strict=True):
        assert found.dtype == expected.dtype
        assert found.shape == expected.shape
        # LiteRT rounds some kernels once where TFLM rounds twice; everything of ours is byte-equal.
        tolerance_lsb = 1 if result.runner == "litert" else 0
        assert np.abs(found.astype(int) - expected.astype(int)).max() <= tolerance_lsb


def test_no_samples_give_no_outputs(start: Start) -> None:
    model = parse_model(convolution(), "m")
    result = start(model).run([np.zeros((0, 6, 5, 3), np.int8)])
    assert result.outputs[0].shape == (0, 6, 5, 4)


def test_a_sample_does_not_depend_on_what_ran_before_it(start: Start) -> None:
    model = parse_model(convolution(), "m")
    [samples] = inputs_for(model, random_vectors(model, 5, 2))
    runner = start(model)
    forward = runner.run([samples]).outputs[0]
    backward = runner.run([samples[::-1]]).outputs[0]
    again = runner.run([samples[2:3]]).outputs[0]
    assert np.array_equal(forward, backward[::-1])
    assert np.array_equal(forward[2:3], again)


def test_the_callers_arrays_are_left_alone(start: Start) -> None:
    model = parse_model(convolution(), "m")
    [samples] = inputs_for(model, random_vectors(model, 3, 3))
    before = samples.copy()
    start(model).run([samples])
    assert np.array_equal(samples, before)


@pytest.mark.parametrize(
    "wrong",
    [[np.zeros((2, 5, 5, 3), np.int8)], [np.zeros((2, 6, 5, 3), np.float32)], [], [np.zeros((2, 6, 5, 3), np.int8)] * 2],
    ids=["shape", "dtype", "none", "too-many"],
)
def test_inputs_that_do_not_suit_the_model_are_refused_and_the_runner_lives_on(wrong: list[np.ndarray], start: Start) -> None:
    model = parse_model(convolution(), "m")
    runner = start(model)
    with pytest.raises(McuError):
        runner.run(wrong)
    good = inputs_for(model, random_vectors(model, 1, 4))
    assert np.array_equal(runner.run(good).outputs[0], TflmRunner(model).run(good).outputs[0])


def test_reset_and_close_may_be_called_at_any_time(start: Start) -> None:
    runner = start(parse_model(fully_connected(), "m"))
    runner.reset()
    runner.close()
    runner.close()
