"""The models of the probe firmware: one kernel each, small enough for the smallest board of the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from mcu_toolkit.boards import Board
from mcu_toolkit.model import DType, Model
from mcu_toolkit.pipeline.board_check.graph import SCALE, GraphBuilder, weight_scale

LONG_RUN: Final = "long_run"
"""Several layers, for the timer: an inference of it takes far longer than a frame on the line."""
FLASH_READ: Final = "dense_flash"
"""A dense layer whose weights are read once an inference, and are more than the caches of most parts hold."""

_SIDE, _CHANNELS = 8, 16
_IMAGE = (1, _SIDE, _SIDE, _CHANNELS)
_LONG_RUN_LAYERS: Final = 8
_FLASH_INPUTS: Final = 1024
_FLASH_WEIGHTS_BYTES_MAX: Final = 65_536
_FLASH_SHARE: Final = 8
"""Those weights take at most this part of the flash: an eighth."""


def probe_models(board: Board) -> tuple[Model, ...]:
    """All of them, in the order of the report; only FLASH_READ depends on the board, by the size of its flash."""
    made = [make(name) for name, make in _MAKERS.items()]
    return (*made, _flash_read(board), _long_run(LONG_RUN))


def _convolved(graph: GraphBuilder, x: int, number: int, side: int) -> int:
    """A convolution of `_CHANNELS` to as many channels, with a square window."""
    scale = weight_scale(side * side * _CHANNELS)
    kernel = graph.constant(f"kernel {number}", (_CHANNELS, side, side, _CHANNELS), scale)
    y = graph.tensor(f"y{number}", _IMAGE)
    bias = graph.bias(_CHANNELS, SCALE * scale)
    graph.operator("CONV_2D", (x, kernel, bias), (y,), version=3, padding="SAME", stride_w=1, stride_h=1)
    return y


def _convolution(name: str, side: int) -> Model:
    graph = GraphBuilder(name)
    x = graph.tensor("x", _IMAGE)
    return graph.model((x,), (_convolved(graph, x, 0, side),))


def _long_run(name: str) -> Model:
    graph = GraphBuilder(name)
    first = x = graph.tensor("x", _IMAGE)
    for number in range(_LONG_RUN_LAYERS):
        x = _convolved(graph, x, number, 3)
    return graph.model((first,), (x,))


def _convolution_16x8(name: str) -> Model:
    graph, scale = GraphBuilder(name), weight_scale(9 * _CHANNELS)
    x, y = graph.tensor("x", _IMAGE, DType.INT16, SCALE / 256), graph.tensor("y", _IMAGE, DType.INT16, SCALE / 256)
    kernel = graph.constant("kernel", (_CHANNELS, 3, 3, _CHANNELS), scale)
    bias = graph.bias(_CHANNELS, SCALE / 256 * scale, DType.INT64)
    graph.operator("CONV_2D", (x, kernel, bias), (y,), version=4, padding="SAME", stride_w=1, stride_h=1)
    return graph.model((x,), (y,))


def _depthwise(name: str) -> Model:
    graph, scale = GraphBuilder(name), weight_scale(9)
    x, y = graph.tensor("x", _IMAGE), graph.tensor("y", _IMAGE)
    kernel = graph.constant("kernel", (1, 3, 3, _CHANNELS), scale)
    bias = graph.bias(_CHANNELS, SCALE * scale)
    graph.operator("DEPTHWISE_CONV_2D", (x, kernel, bias), (y,), version=3, padding="SAME", stride_w=1, stride_h=1, depth_multiplier=1)
    return graph.model((x,), (y,))


def _dense(name: str, inputs: int, outputs: int) -> Model:
    graph, scale = GraphBuilder(name), weight_scale(inputs)
    x, y = graph.tensor("x", (1, inputs)), graph.tensor("y", (1, outputs))
    kernel, bias = graph.constant("weights", (outputs, inputs), scale), graph.bias(outputs, SCALE * scale)
    graph.operator("FULLY_CONNECTED", (x, kernel, bias), (y,), version=4)
    return graph.model((x,), (y,))


def _flash_read(board: Board) -> Model:
    weights_bytes = min(_FLASH_WEIGHTS_BYTES_MAX, board.program_flash_bytes // _FLASH_SHARE)
    return _dense(FLASH_READ, _FLASH_INPUTS, max(1, weights_bytes // _FLASH_INPUTS))


def _pool(name: str, operator: str) -> Model:
    graph = GraphBuilder(name)
    x, y = graph.tensor("x", _IMAGE), graph.tensor("y", (1, _SIDE // 2, _SIDE // 2, _CHANNELS))
    graph.operator(operator, (x,), (y,), version=2, padding="VALID", stride_w=2, stride_h=2, filter_width=2, filter_height=2)
    return graph.model((x,), (y,))


def _softmax(name: str) -> Model:
    graph = GraphBuilder(name)
    x, y = graph.tensor("x", (1, 32)), graph.tensor("y", (1, 32), DType.INT8, 1 / 256, -128)
    graph.operator("SOFTMAX", (x,), (y,), version=2, beta=1.0)
    return graph.model((x,), (y,))


def _add(name: str) -> Model:
    graph = GraphBuilder(name)
    a, b, y = (
        graph.tensor("a", _IMAGE),
        graph.tensor("b", _IMAGE, scale=SCALE / 2, zero_point=7),
        graph.tensor("y", _IMAGE, scale=SCALE * 1.2),
    )
    graph.operator("ADD", (a, b), (y,), version=2)
    return graph.model((a, b), (y,))


def _svdf(name: str) -> Model:
    """16 units of rank 2, a memory of 8 inferences: int8 with a state of int16, as keyword models use it."""
    graph, rank, memory, inputs = GraphBuilder(name), 2, 8, 32
    filters, scale, state_scale, time_scale = _CHANNELS * rank, 0.01, 0.001, 8e-6
    x, y = graph.tensor("x", (1, inputs)), graph.tensor("y", (1, _CHANNELS))
    features = graph.constant("features", (filters, inputs), scale)
    time = graph.constant("time", (filters, memory), time_scale, DType.INT16)
    bias = graph.bias(_CHANNELS, state_scale * time_scale)
    state = graph.tensor("state", (1, memory * filters), DType.INT16, state_scale, is_variable=True)
    graph.operator("SVDF", (x, features, time, bias, state), (y,), version=3, rank=rank)
    return graph.model((x,), (y,))


_MAKERS: Final[Mapping[str, Callable[[str], Model]]] = MappingProxyType(
    {
        "conv_3x3": lambda name: _convolution(name, 3),
        "conv_1x1": lambda name: _convolution(name, 1),
        "conv_3x3_16x8": _convolution_16x8,
        "depthwise_3x3": _depthwise,
        "dense": lambda name: _dense(name, 64, 16),
        "max_pool": lambda name: _pool(name, "MAX_POOL_2D"),
        "average_pool": lambda name: _pool(name, "AVERAGE_POOL_2D"),
        "softmax": _softmax,
        "add": _add,
        "svdf": _svdf,
    }
)
