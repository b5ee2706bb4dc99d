"""The interpreter's arena before it is measured: the library's greedy plan of the tensors, and its records.

TFLM places the largest tensor first, each at the lowest address where no tensor that lives at the same time is
(tensorflow/lite/micro/memory_planner/greedy_memory_planner.cc).  Records were fitted to the arenas of six models on a Cortex-M4
(docs/how-to/tflm.md): hello_world, micro_speech, kws, ad and ic are off by 4 % at the most, vww by 9 %; kernels' scratch memory is not
in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_toolkit.model import Graph
from mcu_toolkit.runtimes.tflm.arena import round_up, tensor_bytes

_INTERPRETER_BYTES, _TENSOR_BYTES, _OPERATOR_BYTES = 150, 12, 140
_CHANNEL_BYTES = 8
"""A multiplier and a shift for each channel of a convolution."""


@dataclass(frozen=True)
class _Life:
    size_bytes: int
    first: int
    last: int
    """Operators, by number."""


def arena_estimate(graphs: Sequence[Graph]) -> int:
    """Bytes that the models of one firmware use: the memory of tensors is shared, since one runs at a time; records stay."""
    return max(map(_planned_bytes, graphs)) + sum(map(_records_bytes, graphs))


def _planned_bytes(graph: Graph) -> int:
    placed: list[tuple[int, _Life]] = []
    for life in sorted(_lives(graph), key=lambda one: -one.size_bytes):
        offset = 0
        for other_offset, other in sorted(placed, key=lambda one: one[0]):
            if other.last < life.first or life.last < other.first:
                continue
            if offset + life.size_bytes <= other_offset:
                break
            offset = max(offset, other_offset + other.size_bytes)
        placed.append((offset, life))
    return max((offset + life.size_bytes for offset, life in placed), default=0)


def _lives(graph: Graph) -> list[_Life]:
    last = {index: number for number, op in enumerate(graph.ops) for index in op.inputs if index >= 0}
    last.update(dict.fromkeys(graph.outputs, len(graph.ops) - 1))
    first = dict.fromkeys(graph.inputs, 0)
    for number, op in enumerate(graph.ops):
        for index in op.outputs:
            first.setdefault(index, number)
    there = {index: begin for index, begin in first.items() if not graph.tensors[index].is_constant}
    return [
        _Life(round_up(tensor_bytes(graph.tensors[index])), begin, max(last.get(index, begin), begin)) for index, begin in there.items()
    ]


def _records_bytes(graph: Graph) -> int:
    weights = [graph.tensors[op.inputs[1]] for op in graph.ops if op.name in ("CONV_2D", "DEPTHWISE_CONV_2D")]
    channels = sum(len(tensor.quantization.scales) for tensor in weights if tensor.quantization is not None)
    return _INTERPRETER_BYTES + _TENSOR_BYTES * len(graph.tensors) + _OPERATOR_BYTES * len(graph.ops) + _CHANNEL_BYTES * channels
