"""Counting the work of a model: multiply-accumulates of its operators."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from mcu_toolkit.model.graph import DType, Graph, Model, Op
from mcu_toolkit.model.own_operators import GRU, SIMPLE_RNN

_RECURRENT = frozenset({"LSTM", "RNN", "SVDF", "UNIDIRECTIONAL_SEQUENCE_RNN", "BIDIRECTIONAL_SEQUENCE_LSTM"})
_SEQUENCES: Mapping[str, range] = MappingProxyType({"UNIDIRECTIONAL_SEQUENCE_LSTM": range(1, 9), GRU: range(1, 7), SIMPLE_RNN: range(1, 3)})
"""Operators over a sequence, and which inputs are the weights that every step multiplies with."""
_REAL = frozenset({DType.FLOAT16, DType.FLOAT32, DType.FLOAT64, DType.BFLOAT16})
_UNKNOWN = _RECURRENT | {"CUSTOM", "CONV_3D", "CONV_3D_TRANSPOSE", "WHILE", "IF", "CALL"}


def macs_of(graph: Graph, op: Op) -> int | None:
    """Multiply-accumulates of one inference of `op`: 0 for operators without any, None where this table does not know."""
    sequence = _SEQUENCES.get(op.custom_name or op.name)
    if op.name in _UNKNOWN and sequence is None:
        return None
    count = _COUNTS.get(op.name)
    try:
        if sequence is not None:
            return _of_sequence(graph, op, sequence)
        return 0 if count is None else count(graph, op)
    except IndexError:  # fewer tensors or dimensions than the operator has: whoever runs it will say so
        return None


def total_macs(model: Model) -> tuple[int, bool]:
    """(multiply-accumulates of the main graph, True if that is all of them)."""
    counts = [macs_of(model.main, op) for op in model.main.ops]
    return sum(count for count in counts if count is not None), None not in counts


def weights_bytes(model: Model) -> int:
    """Bytes of all constants of the model as stored: weights, biases and parameters such as shapes."""
    return sum(tensor.data.nbytes for graph in model.graphs for tensor in graph.tensors if tensor.data is not None)


def parameters(model: Model) -> int:
    """How many numbers the model has learned: elements of its float and quantized constants, biases included; no shapes, no axes."""
    constants = (tensor for graph in model.graphs for tensor in graph.tensors if tensor.data is not None)
    return sum(tensor.elements for tensor in constants if tensor.quantization is not None or tensor.dtype in _REAL)


def _shape(graph: Graph, index: int) -> tuple[int, ...]:
    return graph.tensors[index].shape


def _of_sequence(graph: Graph, op: Op, weights: range) -> int:
    # Input [batch, steps, features] or [steps, batch, features].
    return math.prod(_shape(graph, op.inputs[0])[:-1]) * sum(math.prod(_shape(graph, op.inputs[i])) for i in weights if op.inputs[i] >= 0)


def _conv_2d(graph: Graph, op: Op) -> int:
    # Weights [out, height, width, in / groups]: each output element sums over all but the first.
    return math.prod(_shape(graph, op.outputs[0])) * math.prod(_shape(graph, op.inputs[1])[1:])


def _depthwise_conv_2d(graph: Graph, op: Op) -> int:
    # Weights [1, height, width, out]: each output element sums over one channel's window.
    return math.prod(_shape(graph, op.outputs[0])) * math.prod(_shape(graph, op.inputs[1])[1:3])


def _fully_connected(graph: Graph, op: Op) -> int:
    return math.prod(_shape(graph, op.outputs[0])) * _shape(graph, op.inputs[1])[-1]


def _transpose_conv(graph: Graph, op: Op) -> int:
    # Inputs: output shape, weights [out, height, width, in], data: each input element goes into out x height x width sums.
    return math.prod(_shape(graph, op.inputs[2])) * math.prod(_shape(graph, op.inputs[1])[:3])


def _batch_matmul(graph: Graph, op: Op) -> int:
    left = _shape(graph, op.inputs[0])
    inner = left[-2] if op.options.get("adj_x") else left[-1]
    return math.prod(_shape(graph, op.outputs[0])) * inner


_COUNTS: Mapping[str, Callable[[Graph, Op], int]] = MappingProxyType(
    {
        "CONV_2D": _conv_2d,
        "DEPTHWISE_CONV_2D": _depthwise_conv_2d,
        "FULLY_CONNECTED": _fully_connected,
        "TRANSPOSE_CONV": _transpose_conv,
        "BATCH_MATMUL": _batch_matmul,
    }
)
