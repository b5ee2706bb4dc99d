"""Models of one recurrent operator each, for tests of operators, runners and firmware."""

from __future__ import annotations

import numpy as np

from mcu_toolkit.model.own_operators import GRU, SIMPLE_RNN, RecurrentOptions
from tests.model_builder import ModelBuilder

_FORWARDS = RecurrentOptions()


def _weights(builder: ModelBuilder, random: np.random.Generator, shape: tuple[int, int], count: int) -> list[int]:
    scales = [10 ** random.uniform(-2.5, -1.5) for _ in range(count)]
    return [builder.tensor(list(shape), "int8", scale, data=random.integers(-127, 128, shape)) for scale in scales]


def lstm_model(*, seed: int = 1, steps: int = 4, inputs: int = 3, units: int = 5) -> bytes:
    """int8 [1, steps, inputs] -> [1, steps, units]."""
    random, builder = np.random.default_rng(seed), ModelBuilder()
    x = builder.tensor([1, steps, inputs], "int8", 0.03, -7, name="x")
    kernels, recurrent = _weights(builder, random, (units, inputs), 4), _weights(builder, random, (units, units), 4)
    biases = [builder.tensor([units], "int32", 0.001, data=random.integers(-3000, 3000, units)) for _ in range(4)]
    hidden = builder.tensor([1, units], "int8", 1 / 128, 3, is_variable=True)
    cell = builder.tensor([1, units], "int16", 2.0**-12, is_variable=True)
    y = builder.tensor([1, steps, units], "int8", 1 / 128, 3, name="y")
    operands = [x, *kernels, *recurrent, -1, -1, -1, *biases, -1, -1, hidden, cell, -1, -1, -1, -1]
    between = [builder.tensor([0], "int16", 2.0**-12) for _ in range(4)]  # which LiteRT asks for
    between.append(builder.tensor([0], "int8", 1 / 128, 3))
    options = {"fused_activation_function": "TANH", "time_major": False}
    builder.op("UNIDIRECTIONAL_SEQUENCE_LSTM", operands, [y], version=3, intermediates=between, **options)
    return builder.build([x], [y])


def gru(
    *,
    seed: int = 1,
    steps: int = 4,
    inputs: int = 3,
    units: int = 5,
    options: RecurrentOptions = _FORWARDS,
    x_scale: float = 0.03,
    points: tuple[int, int] = (-7, 3),
    y_scale: float = 1 / 128,
) -> bytes:
    """int8 [1, steps, inputs] -> [1, steps, units]; `points`: zero points of input and output."""
    random, builder = np.random.default_rng(seed), ModelBuilder()
    x = builder.tensor([1, steps, inputs], "int8", x_scale, points[0], name="x")
    kernels, recurrent = _weights(builder, random, (units, inputs), 3), _weights(builder, random, (units, units), 3)
    biases = [builder.tensor([units], "int32", 0.001, data=random.integers(-3000, 3000, units)) for _ in range(6)]
    state = builder.tensor([1, units], "int16", 2.0**-15, is_variable=True)
    y = builder.tensor([1, steps, units], "int8", y_scale, points[1], name="y")
    builder.op(GRU, [x, *kernels, *recurrent, *biases, state], [y], custom_options=options.encoded())
    return builder.build([x], [y])


def simple_rnn(
    *,
    seed: int = 1,
    steps: int = 4,
    inputs: int = 3,
    units: int = 5,
    options: RecurrentOptions = _FORWARDS,
    x_scale: float = 0.03,
    points: tuple[int, int] = (-7, 3),
    y_scale: float = 1 / 128,
    y_shape: list[int] | None = None,
) -> bytes:
    """int8 [1, steps, inputs] -> [1, steps, units], or what `y_shape` claims."""
    random, builder = np.random.default_rng(seed), ModelBuilder()
    x = builder.tensor([1, steps, inputs], "int8", x_scale, points[0], name="x")
    [kernel], [recurrent] = _weights(builder, random, (units, inputs), 1), _weights(builder, random, (units, units), 1)
    bias = builder.tensor([units], "int32", 0.001, data=random.integers(-3000, 3000, units))
    state = builder.tensor([1, units], "int8", y_scale, points[1], is_variable=True)
    y = builder.tensor([1, steps, units] if y_shape is None else y_shape, "int8", y_scale, points[1], name="y")
    builder.op(SIMPLE_RNN, [x, kernel, recurrent, bias, state], [y], custom_options=options.encoded())
    return builder.build([x], [y])
