"""An LSTM as the fused int8 operator UNIDIRECTIONAL_SEQUENCE_LSTM, as TFLM's kernel takes it.

Weights are int8 with one scale a gate, biases int32, the hidden state is int8 with the scale of the output, the cell state int16
with a scale that is a power of two (tensorflow/lite/micro/kernels/unidirectional_sequence_lstm.cc reads nothing else).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from mcu_toolkit.quantize.recurrent.observe import Observed
from mcu_toolkit.quantize.recurrent.tflite_graph import Scale, TfliteGraph

_GATES = ("input", "forget", "cell", "output")
"""In Keras' order and in the operator's."""
_GATE = Scale(2.0**-12)
"""Of the arguments of the gates' activations, which TFLM does not read from the file."""
_LEAST = 1e-9


def add_lstm(graph: TfliteGraph, seen: Observed, source: int, result: int) -> None:
    """The operator from the int8 tensor `source` to `result`, whose scale is the hidden state's."""
    layer, weights = seen.layer, seen.weights
    taken, given = graph.scale(source), graph.scale(result)
    assert taken is not None
    assert given is not None
    kernels = [gate.T for gate in np.split(weights.kernel, 4, axis=1)]
    recurrent = [gate.T for gate in np.split(weights.recurrent, 4, axis=1)]
    from_input = [_weights(graph, f"{layer.name}/{name}/kernel", gate) for name, gate in zip(_GATES, kernels, strict=True)]
    from_hidden = [_weights(graph, f"{layer.name}/{name}/recurrent", gate) for name, gate in zip(_GATES, recurrent, strict=True)]
    biases = [
        add_bias(graph, f"{layer.name}/{name}/bias", bias, taken.scale * scale)
        for name, bias, (_, scale) in zip(_GATES, np.split(weights.bias, 4), from_input, strict=True)
    ]
    state = [1, layer.units]
    hidden = graph.tensor(f"{layer.name}/hidden", state, "int8", given, is_variable=True)
    cell = graph.tensor(f"{layer.name}/state", state, "int16", _cell_scale(seen.largest_cell), is_variable=True)
    between = [graph.tensor(f"{layer.name}/{name}/sum", [0], "int16", _GATE) for name in _GATES]
    between.append(graph.tensor(f"{layer.name}/product", [0], "int8", given))
    kernel_tensors, recurrent_tensors = ([tensor for tensor, _ in pairs] for pairs in (from_input, from_hidden))
    inputs = [source, *kernel_tensors, *recurrent_tensors, -1, -1, -1, *biases, -1, -1, hidden, cell, -1, -1, -1, -1]
    tanh = graph.enumerated("ActivationFunctionType", "TANH")
    options = graph.options("UnidirectionalSequenceLSTMOptions", fusedActivationFunction=tanh, timeMajor=False)
    graph.operator("UNIDIRECTIONAL_SEQUENCE_LSTM", inputs, [result], version=3, options=options, intermediates=between)


def _cell_scale(largest: float) -> Scale:
    """The least power of two under which the largest magnitude fits into 16 bits; at least that of 1."""
    power = max(0, math.ceil(math.log2(max(largest, _LEAST))))
    return Scale(2.0 ** (power - 15))


def _weights(graph: TfliteGraph, name: str, values: npt.NDArray[np.float32]) -> tuple[int, float]:
    stored, scale = int8_weights(values)
    return graph.tensor(name, values.shape, "int8", Scale(scale), stored), scale


def int8_weights(values: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.int8], float]:
    """Without a zero point, from -127 to 127, and the scale."""
    scale = float(np.float32(max(float(np.abs(values).max()), _LEAST) / 127))
    return np.clip(np.round(values / scale), -127, 127).astype(np.int8), scale


def add_bias(graph: TfliteGraph, name: str, values: npt.NDArray[np.float32], scale: float) -> int:
    """A bias of int32 [units]."""
    limits = np.iinfo(np.int32)
    stored = np.clip(np.round(values.astype(np.float64) / scale), limits.min, limits.max)
    return graph.tensor(name, values.shape, "int32", Scale(scale), stored)
