"""Which values each channel of a tensor can have, over all inputs of the model: intervals, from the first operator to the last.

A channel whose interval is one value has it everywhere, borders of windows included: taps outside of the image count as zeros, so
where a window may reach over the border its inputs' intervals include the zero point.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from mcu_toolkit.model import DType, Tensor
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ops.convolution.sums import LIMIT, sums_of
from mcu_toolkit.runtimes.aot.ops.convolution.weights import Weighted, int8_convolution
from mcu_toolkit.runtimes.aot.ops.convolution.windows import axes
from mcu_toolkit.runtimes.aot.ops.dense.int16_or_computed_weights import int8_dense
from mcu_toolkit.runtimes.aot.ops.elementwise.arithmetic import output_range
from mcu_toolkit.runtimes.aot.ops.elementwise.linear_add import table_of_sums

Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ChannelRange:
    """Lowest and highest value of each channel (the last dimension): int64 [channels]."""

    lowest: Int64
    highest: Int64

    @property
    def constant(self) -> npt.NDArray[np.bool_]:
        """[channels]: True where there is one value only."""
        same: npt.NDArray[np.bool_] = self.lowest == self.highest
        return same

    def repeated(self, times: int) -> ChannelRange:
        """Of pixels side by side as one row."""
        return ChannelRange(np.tile(self.lowest, times), np.tile(self.highest, times))


Ranges = Mapping[int, ChannelRange]
"""By tensor; of int8 tensors with a dimension only."""


def channel_ranges(views: Sequence[OpView]) -> Ranges:
    """The ranges of all outputs of operators."""
    found: dict[int, ChannelRange] = {}
    for view in views:
        for index, tensor in zip(view.op.outputs, view.outputs, strict=True):
            if tensor.dtype is not DType.INT8 or not tensor.shape:
                continue
            rule = _RULES.get(view.operator)
            result = None if rule is None else rule(view, found)
            found[index] = any_value(tensor) if result is None else result
    return MappingProxyType(found)


def any_value(tensor: Tensor) -> ChannelRange:
    """Nothing is known: all int8 values."""
    channels = tensor.shape[-1]
    return ChannelRange(np.full(channels, -128, np.int64), np.full(channels, 127, np.int64))


def _of_input(view: OpView, position: int, known: Ranges) -> ChannelRange:
    return known.get(view.op.inputs[position]) or any_value(view.input(position))


def _convolution(view: OpView, known: Ranges) -> ChannelRange | None:
    layer, source = int8_convolution(view), _of_input(view, 0, known)
    if layer is None or view.input(0).shape[3] != view.input(1).shape[3]:
        return None
    border = any(axis.has_border for axis in axes(view))
    weights = layer.weights.reshape(layer.channels, -1, layer.weights.shape[3]).astype(np.int64)
    return _of_sums(layer, np.maximum(weights, 0).sum(axis=1), np.minimum(weights, 0).sum(axis=1), source, border=border)


def _depthwise(view: OpView, known: Ranges) -> ChannelRange | None:
    layer, source = int8_convolution(view), _of_input(view, 0, known)
    if layer is None or layer.channels != view.input(0).shape[3]:
        return None
    weights = layer.weights.reshape(layer.channels, -1).astype(np.int64)
    above, below = np.maximum(weights, 0).sum(axis=1), np.minimum(weights, 0).sum(axis=1)
    return _of_sums(layer, above, below, source, border=any(axis.has_border for axis in axes(view)))


def _dense(view: OpView, known: Ranges) -> ChannelRange | None:
    layer, source = int8_dense(view), _of_input(view, 0, known)
    if layer is None or layer.weights.shape[1] % len(source.lowest):
        return None
    weights, row = layer.weights.astype(np.int64), source.repeated(layer.weights.shape[1] // len(source.lowest))
    return _of_sums(layer, np.maximum(weights, 0), np.minimum(weights, 0), row, border=False)


def _of_sums(layer: Weighted, above: Int64, below: Int64, source: ChannelRange, *, border: bool) -> ChannelRange | None:
    """`above`, `below`: sums of positive and of negative weights, int64 [channels, inputs]; [channels] where each has its own input."""
    low, high = source.lowest - layer.input_zero_point, source.highest - layer.input_zero_point
    if border:
        low, high = np.minimum(low, 0), np.maximum(high, 0)
    bias = layer.bias.astype(np.int64)
    lowest, highest = (bias + _weighted(above, one) + _weighted(below, other) for one, other in ((low, high), (high, low)))
    sums = sums_of(layer)
    if np.any(np.maximum(-lowest, highest) << np.maximum(sums.shift, 0) >= LIMIT):
        return None
    ends = sums.outputs(np.stack([lowest, highest], axis=1))
    return ChannelRange(ends[:, 0], ends[:, 1])


def _weighted(weights: Int64, values: Int64) -> Int64:
    result: Int64 = weights @ values if weights.ndim > 1 else weights * values
    return result


def _sum(view: OpView, known: Ranges) -> ChannelRange | None:
    table = table_of_sums(view)
    if table is None or view.input(0).shape != view.input(1).shape or any(view.input(i).is_constant for i in (0, 1)):
        return None
    first, second = (_of_input(view, position, known) for position in (0, 1))
    return ChannelRange(table[first.lowest + 128, second.lowest + 128], table[first.highest + 128, second.highest + 128])


def _pool(view: OpView, known: Ranges) -> ChannelRange | None:
    """An average or a maximum lies between the lowest and the highest value."""
    source, (low, high) = _of_input(view, 0, known), output_range(view)
    return ChannelRange(np.clip(source.lowest, low, high), np.clip(source.highest, low, high))


def _reshape(view: OpView, known: Ranges) -> ChannelRange | None:
    before, after = view.input(0).shape, view.output.shape
    if not before or after[-1] % before[-1]:
        return None
    return _of_input(view, 0, known).repeated(after[-1] // before[-1])


_RULES: Mapping[str, Callable[[OpView, Ranges], ChannelRange | None]] = MappingProxyType(
    {
        "CONV_2D": _convolution,
        "DEPTHWISE_CONV_2D": _depthwise,
        "FULLY_CONNECTED": _dense,
        "ADD": _sum,
        "AVERAGE_POOL_2D": _pool,
        "MAX_POOL_2D": _pool,
        "RESHAPE": _reshape,
    }
)
