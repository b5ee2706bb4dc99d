"""MCU_GRU and MCU_SIMPLE_RNN, step by step in integers: the golden of these two operators.

`ReferenceRunner` checks a model's operators first; here wrong ones would give an error of Python's or numpy's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from mcu_toolkit.model import Graph, Op, Tensor
from mcu_toolkit.model.own_operators import GRU, SIMPLE_RNN, required_options
from mcu_toolkit.runners.reference.arithmetic import (
    GATE_SCALE,
    STATE_SCALE,
    Integers,
    as_integers,
    logistic,
    products,
    requantize,
    rounded_half_up,
    saturate,
    tanh,
)

_STATE = {GRU: 13, SIMPLE_RNN: 4}


class _Operands:
    """An operator's tensors."""

    def __init__(self, graph: Graph, op: Op) -> None:
        self._tensors = [graph.tensors[index] for index in op.inputs]
        self._output = graph.tensors[op.outputs[0]]

    def scale(self, position: int) -> tuple[float, int]:
        """Scale and zero point of an input."""
        return _scale(self._tensors[position])

    @property
    def result(self) -> tuple[float, int]:
        """Scale and zero point of the output."""
        return _scale(self._output)

    def constant(self, position: int) -> Integers:
        data = self._tensors[position].data
        assert data is not None
        return as_integers(data)

    def from_input(self, x: Integers, weights: int, bias: int) -> Integers:
        """What a gate gets of the input `x` [batch, features]."""
        scale, zero_point = self.scale(0)
        real = scale * self.scale(weights)[0] / GATE_SCALE
        return products(x, self.constant(weights), self.constant(bias), zero_point, real)

    def from_hidden(self, hidden: Integers, weights: int, bias: Integers) -> Integers:
        """What it gets of the hidden state `hidden` [batch, units], int8 with the output's scale."""
        scale, zero_point = self.result
        return products(hidden, self.constant(weights), bias, zero_point, scale * self.scale(weights)[0] / GATE_SCALE)

    def as_result(self, state: Integers) -> Integers:
        """Fractions of 2^15 as int8 with the output's scale."""
        scale, zero_point = self.result
        return saturate(requantize(state, STATE_SCALE / scale) + zero_point, 8)


def _scale(tensor: Tensor) -> tuple[float, int]:
    assert tensor.quantization is not None
    return tensor.quantization.scale, tensor.quantization.zero_point


def _gru_step(operands: _Operands, x: Integers, state: Integers, *, reset_after: bool) -> tuple[Integers, Integers]:
    update_gate, reset_gate, candidate_gate = range(3)
    hidden = operands.as_result(state)

    def remembered(vector: Integers, gate: int) -> Integers:
        return operands.from_hidden(vector, 4 + gate, operands.constant(10 + gate))

    def given(gate: int) -> Integers:
        return operands.from_input(x, 1 + gate, 7 + gate)

    update = logistic(saturate(given(update_gate) + remembered(hidden, update_gate)))
    reset = logistic(saturate(given(reset_gate) + remembered(hidden, reset_gate)))
    if reset_after:
        kept = rounded_half_up(reset * remembered(hidden, candidate_gate), 15)
    else:
        kept = remembered(operands.as_result(rounded_half_up(reset * state, 15)), candidate_gate)
    candidate = tanh(saturate(given(candidate_gate) + kept))
    new = candidate + rounded_half_up(update * (state - candidate), 15)
    return new, operands.as_result(new)


def _simple_rnn_step(operands: _Operands, x: Integers, state: Integers, *, reset_after: bool) -> tuple[Integers, Integers]:
    del reset_after
    remembered = operands.from_hidden(state, 2, np.zeros(state.shape[1], np.int64))
    new = operands.as_result(tanh(saturate(operands.from_input(x, 1, 3) + remembered)))
    return new, new


_STEPS: Mapping[str, Callable[..., tuple[Integers, Integers]]] = MappingProxyType({GRU: _gru_step, SIMPLE_RNN: _simple_rnn_step})


def initial_state(graph: Graph, op: Op) -> Integers:
    """What TFLM gives a variable tensor first, [1, units]: zeros in real values."""
    tensor = graph.tensors[op.inputs[_STATE[str(op.custom_name)]]]
    return np.full(tensor.shape, _scale(tensor)[1], np.int64)


def run_sequences(graph: Graph, op: Op, x: npt.NDArray[np.int8], state: Integers) -> tuple[npt.NDArray[np.int8], Integers]:
    """The output [batch, steps, units] of `op` for `x` [batch, steps, features] from `state` [batch, units] on, and the state after it."""
    options = required_options(op.custom_options, f"op {op.index} {op.custom_name}")
    operands, step = _Operands(graph, op), _STEPS[str(op.custom_name)]
    sequence = as_integers(x[:, ::-1] if options.go_backwards else x)
    results = []
    for time in range(sequence.shape[1]):
        state, result = step(operands, sequence[:, time], state, reset_after=options.reset_after)
        results.append(result)
    return np.stack(results, axis=1).astype(np.int8), state
