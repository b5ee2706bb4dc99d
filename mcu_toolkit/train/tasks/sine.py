"""The sine wave of TensorFlow Lite Micro's hello-world: x in 0..2 pi -> sin(x), three dense layers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mcu_toolkit.train.dataset import Dataset
from mcu_toolkit.train.task import Task, TaskOptions

SAMPLES = 1000
TEST_SAMPLES = 200
REPRESENTATIVE_SAMPLES = 200


def load(options: TaskOptions) -> Dataset:
    """1,000 uniform random x in 0..2 pi, float32 [n, 1], and their sines; 200 of them for testing."""
    generator = np.random.default_rng(0)
    x = generator.uniform(0.0, 2.0 * math.pi, (SAMPLES, 1)).astype(np.float32)
    y = np.sin(x.astype(np.float64)).astype(np.float32)
    return Dataset(
        name="sine",
        origin="computed: sin(x), x uniform in 0..2 pi",
        x_train=x[TEST_SAMPLES:],
        y_train=y[TEST_SAMPLES:],
        x_rep=x[TEST_SAMPLES : TEST_SAMPLES + REPRESENTATIVE_SAMPLES].copy(),
        x_test=x[:TEST_SAMPLES],
        y_test=y[:TEST_SAMPLES],
    )


def build(tensorflow: Any, data: Dataset) -> Any:
    """[1] -> [1] through 16 and 16 rectified units: 321 parameters, the shape of TFLM's examples/hello_world."""
    layers = tensorflow.keras.layers
    return tensorflow.keras.Sequential(
        [
            layers.Input(data.input_shape, name="x"),
            layers.Dense(16, activation="relu", name="hidden1"),
            layers.Dense(16, activation="relu", name="hidden2"),
            layers.Dense(1, name="sine"),
        ],
        name="sine",
    )


def compile_model(tensorflow: Any, model: Any, steps: int) -> None:
    """Adam with a cosine decay from 1e-2, mean squared error."""
    rate = tensorflow.keras.optimizers.schedules.CosineDecay(1e-2, steps)
    model.compile(optimizer=tensorflow.keras.optimizers.Adam(rate), loss="mean_squared_error")


TASK = Task(
    name="sine",
    summary="learn sin(x), the hello-world of TensorFlow Lite Micro",
    kind="regression",
    epochs=200,
    batch_size=64,
    data=load,
    build=build,
    compile=compile_model,
)
