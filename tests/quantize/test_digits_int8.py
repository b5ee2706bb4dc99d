"""The digits model in int8 is as good as in float, in both interpreters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.model import DType, Model, read_model
from mcu_toolkit.train import read_trained_model


@pytest.fixture(scope="module")
def model(digits_int8: Path) -> Model:
    return read_model(digits_int8)


def run_litert(content: bytes, samples: np.ndarray) -> np.ndarray:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=content)
    interpreter.allocate_tensors()
    entry, exit_ = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
    outputs = []
    for sample in samples:
        interpreter.set_tensor(entry, sample[np.newaxis])
        interpreter.invoke()
        outputs.append(interpreter.get_tensor(exit_)[0].copy())
    return np.stack(outputs)


def run_tflm(content: bytes, samples: np.ndarray) -> np.ndarray:
    runtime = pytest.importorskip("tflite_micro.python.tflite_micro.runtime", reason="tflite-micro has a wheel for Linux x86-64 only")
    interpreter = runtime.Interpreter.from_bytes(content)
    outputs = []
    for sample in samples:
        interpreter.set_input(sample[np.newaxis], 0)
        interpreter.invoke()
        outputs.append(interpreter.get_output(0)[0].copy())
    return np.stack(outputs)


def test_no_float_tensor_is_left(model: Model) -> None:
    assert {tensor.dtype for tensor in model.main.tensors} == {DType.INT8, DType.INT32}


def test_the_operators_are_those_of_the_first_release(model: Model) -> None:
    assert [op.name for op in model.main.ops] == [
        "CONV_2D",
        "DEPTHWISE_CONV_2D",
        "CONV_2D",
        "MAX_POOL_2D",
        "CONV_2D",
        "AVERAGE_POOL_2D",
        "RESHAPE",
        "FULLY_CONNECTED",
        "SOFTMAX",
    ]


@pytest.mark.parametrize("run", [run_litert, run_tflm], ids=["litert", "tflm"])
def test_int8_is_within_one_point_of_float(model: Model, digits_folder: Path, run: Callable[[bytes, np.ndarray], np.ndarray]) -> None:
    entry = model.inputs[0].quantization
    assert entry is not None
    with np.load(digits_folder / "data.npz") as data:
        samples = np.clip(np.round(data["x"] / entry.scale) + entry.zero_point, -128, 127).astype(np.int8)
        labels = data["y"]
    accuracy = float(np.mean(run(model.content, samples).argmax(axis=1) == labels))
    float_accuracy = read_trained_model(digits_folder).accuracy
    assert float_accuracy is not None
    assert abs(float_accuracy - accuracy) <= 0.01
