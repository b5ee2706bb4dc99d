"""The classic first model: one neuron learns y = 2x - 1 from six points."""

from __future__ import annotations

from typing import Any

import numpy as np

from mcu_toolkit.errors import InputError
from mcu_toolkit.train.dataset import Dataset
from mcu_toolkit.train.task import LearnedLine, Task, TaskOptions

_TRAINING_X = (-1.0, 0.0, 1.0, 2.0, 3.0, 4.0)
_LARGEST_X = 10.0
"""The model is asked about 10, far outside its training points, so int8 scales must be chosen for inputs up to 10."""

_STEEPEST = 1e6
"""The loss squares the outputs; far beyond this float32 overflows."""


def load(options: TaskOptions) -> Dataset:
    """Six points of the line to train on; x = -1, 0 ... 10 to test; 45 inputs from -1 to 10 as representative set."""
    if not (abs(options.slope) <= _STEEPEST and abs(options.intercept) <= _STEEPEST):  # NaN compares false
        raise InputError(
            f"slope {options.slope:g} and intercept {options.intercept:g} are no line to learn",
            expected=f"numbers of at most {_STEEPEST:g}",
        )

    def line(x: np.ndarray[Any, np.dtype[np.float32]]) -> np.ndarray[Any, np.dtype[np.float32]]:
        return (options.slope * x.astype(np.float64) + options.intercept).astype(np.float32)

    x_train = np.array(_TRAINING_X, np.float32)[:, np.newaxis]
    x_test = np.arange(-1.0, _LARGEST_X + 1.0, dtype=np.float32)[:, np.newaxis]
    return Dataset(
        name="linear",
        origin=f"computed: y = {options.slope:g} x {options.intercept:+g}",
        x_train=x_train,
        y_train=line(x_train),
        x_rep=np.linspace(-1.0, _LARGEST_X, 45, dtype=np.float32)[:, np.newaxis],
        x_test=x_test,
        y_test=line(x_test),
    )


def build(tensorflow: Any, data: Dataset) -> Any:
    """[1] -> [1]: one weight, one bias."""
    layers = tensorflow.keras.layers
    return tensorflow.keras.Sequential([layers.Input(data.input_shape, name="x"), layers.Dense(1, name="line")], name="linear")


def compile_model(tensorflow: Any, model: Any, steps: int) -> None:
    """Stochastic gradient descent, all six points in a step.

    Rate 0.1: the loss is a parabola whose steepest direction has a curvature (largest eigenvalue of the Hessian,
    2/n * X^T X) of 11.3, so steps stay stable below 2 / 11.3 = 0.18 whatever the line.
    """
    model.compile(optimizer=tensorflow.keras.optimizers.SGD(0.1), loss="mean_squared_error")


def learned_line(model: Any) -> LearnedLine:
    """The weight, the bias and the model's answer for x = 10."""
    weight, bias = (float(values.ravel()[0]) for values in model.get_weights())
    prediction = model.predict(np.array([[_LARGEST_X]], np.float32), verbose=0)
    return LearnedLine(slope=weight, intercept=bias, prediction_for_10=float(prediction[0, 0]))


TASK = Task(
    name="linear",
    summary="learn a line from six points with one neuron",
    kind="regression",
    epochs=200,
    batch_size=len(_TRAINING_X),
    data=load,
    build=build,
    compile=compile_model,
    learned_line=learned_line,
)
