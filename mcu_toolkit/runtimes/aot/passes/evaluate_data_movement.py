"""Operators that move elements, on constants: computed when the model is compiled; see evaluating.py."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.runtimes.aot.ir.constant_parameters import positive_axis
from mcu_toolkit.runtimes.aot.ir.operator import OpView

Array = npt.NDArray[Any]
Evaluator = Callable[[OpView, Sequence[Array]], "Sequence[Array] | None"]
"""From an operator and its inputs to its outputs, of the right element types; shapes are checked by the caller.  None: not known."""

LARGEST_BYTES = 1 << 20
"""Of a result; larger ones are left to the operator."""


def _whole(view: OpView, inputs: Sequence[Array]) -> Sequence[Array] | None:
    """RESHAPE, SQUEEZE, EXPAND_DIMS: the elements in their order, in the shape that the model states, or that the input names."""
    shape = view.output.shape
    if view.operator == "RESHAPE" and len(inputs) > 1 and math.prod(shape) != inputs[0].size:
        shape = tuple(int(size) for size in inputs[1].reshape(-1))
    try:
        return [inputs[0].reshape(shape)]
    except ValueError:
        return None


def _strided_slice(view: OpView, inputs: Sequence[Array]) -> Sequence[Array] | None:
    data, begin, end, step = inputs
    if any(view.option(mask) for mask in ("ellipsis_mask", "new_axis_mask", "offset")):
        return None
    if any(array.shape != (data.ndim,) for array in (begin, end, step)) or 0 in step:
        return None
    index: list[slice | int] = []
    for axis, stride in enumerate(step.tolist()):
        bit = 1 << axis
        first = None if view.option("begin_mask") & bit else int(begin[axis])
        last = None if view.option("end_mask") & bit else int(end[axis])
        if not view.option("shrink_axis_mask") & bit:
            index.append(slice(first, last, stride))
            continue
        start = slice(first, last, stride).indices(data.shape[axis])[0]
        if stride < 0 or not 0 <= start < data.shape[axis]:
            return None
        index.append(start)
    return [data[tuple(index)]]


def _slice(_view: OpView, inputs: Sequence[Array]) -> Sequence[Array] | None:
    data, begin, size = inputs[0], inputs[1].reshape(-1).tolist(), inputs[2].reshape(-1).tolist()
    if len(begin) != data.ndim or len(size) != data.ndim:
        return None
    ends = [whole if count == -1 else first + count for first, count, whole in zip(begin, size, data.shape, strict=True)]
    if any(not 0 <= first <= last <= whole for first, last, whole in zip(begin, ends, data.shape, strict=True)):
        return None
    return [data[tuple(slice(first, last) for first, last in zip(begin, ends, strict=True))]]


def _gather(view: OpView, inputs: Sequence[Array]) -> Sequence[Array] | None:
    data, positions = inputs
    axis = positive_axis(view.option("axis"), data.ndim)
    if axis is None or view.option("batch_dims") or np.any(positions < 0) or np.any(positions >= data.shape[axis]):
        return None
    return [np.take(data, positions, axis)]


def _concatenation(view: OpView, inputs: Sequence[Array]) -> Sequence[Array] | None:
    if view.option("fused_activation_function") != "NONE" or len({array.dtype for array in inputs}) != 1:
        return None
    try:
        return [np.concatenate(inputs, view.option("axis"))]
    except ValueError:  # numpy's AxisError is one
        return None


def _pack(view: OpView, inputs: Sequence[Array]) -> Sequence[Array] | None:
    if len({array.dtype for array in inputs}) != 1:
        return None
    try:
        return [np.stack(inputs, view.option("axis"))]
    except ValueError:
        return None


def _unpack(view: OpView, inputs: Sequence[Array]) -> Sequence[Array] | None:
    axis = positive_axis(view.option("axis"), inputs[0].ndim)
    return None if axis is None else list(np.moveaxis(inputs[0], axis, 0))


def _split(view: OpView, inputs: Sequence[Array]) -> Sequence[Array] | None:
    axis = positive_axis(int(inputs[0].reshape(-1)[0]), inputs[1].ndim) if inputs[0].size == 1 else None
    if axis is None or inputs[1].shape[axis] % len(view.op.outputs):
        return None
    return np.split(inputs[1], len(view.op.outputs), axis)


def _tile(_view: OpView, inputs: Sequence[Array]) -> Sequence[Array] | None:
    data, counts = inputs[0], [int(count) for count in inputs[1].reshape(-1)]
    if len(counts) != data.ndim or any(count < 0 for count in counts) or data.nbytes * math.prod(counts) > LARGEST_BYTES:
        return None
    return [np.tile(data, counts)]


def _broadcast_to(_view: OpView, inputs: Sequence[Array]) -> Sequence[Array] | None:
    return _filled(inputs[0], inputs[1])


def _fill(_view: OpView, inputs: Sequence[Array]) -> Sequence[Array] | None:
    return _filled(inputs[1], inputs[0]) if inputs[1].size == 1 else None


def _filled(data: Array, sizes: Array) -> Sequence[Array] | None:
    shape = [int(size) for size in sizes.reshape(-1)]
    if any(size < 0 for size in shape) or data.itemsize * math.prod(shape) > LARGEST_BYTES:
        return None
    try:
        return [np.broadcast_to(data, shape).copy()]
    except ValueError:
        return None


def _transpose(_view: OpView, inputs: Sequence[Array]) -> Sequence[Array] | None:
    order = [int(axis) for axis in inputs[1].reshape(-1)]
    return [np.transpose(inputs[0], order)] if sorted(order) == list(range(inputs[0].ndim)) else None


def _select(_view: OpView, inputs: Sequence[Array]) -> Sequence[Array] | None:
    condition, first, second = inputs
    if condition.dtype != np.bool_ or first.dtype != second.dtype:
        return None
    try:
        return [np.where(condition, first, second)]
    except ValueError:
        return None


def _select_whole(view: OpView, inputs: Sequence[Array]) -> Sequence[Array] | None:
    """SELECT: nothing is broadcast, but a condition with one element for each of the first dimension chooses what lies below it."""
    condition, first, second = inputs
    if first.shape != second.shape or condition.shape not in (first.shape, first.shape[:1]):
        return None
    return _select(view, [condition.reshape(condition.shape + (1,) * (first.ndim - condition.ndim)), first, second])


def _reverse(_view: OpView, inputs: Sequence[Array]) -> Sequence[Array] | None:
    axes = [positive_axis(int(axis), inputs[0].ndim) for axis in inputs[1].reshape(-1)]
    along = tuple(axis for axis in axes if axis is not None)
    return None if None in axes or len(set(along)) < len(along) else [np.flip(inputs[0], along)]


def _pad(_view: OpView, inputs: Sequence[Array]) -> Sequence[Array] | None:
    """PAD and PADV2 of plain numbers; the zero of quantized ones is another."""
    data, margins = inputs[0], inputs[1].astype(np.int64)
    value = inputs[2].reshape(-1) if len(inputs) > 2 else np.zeros(1, data.dtype)
    if data.dtype.itemsize < 4 or margins.shape != (data.ndim, 2) or np.any(margins < 0) or value.dtype != data.dtype or value.size != 1:
        return None
    if data.itemsize * math.prod(size + sum(pair) for size, pair in zip(data.shape, margins.tolist(), strict=True)) > LARGEST_BYTES:
        return None
    return [np.pad(data, margins.tolist(), constant_values=value[0])]


MOVING: Mapping[str, Evaluator] = MappingProxyType(
    {
        **dict.fromkeys(("RESHAPE", "SQUEEZE", "EXPAND_DIMS"), _whole),
        "STRIDED_SLICE": _strided_slice,
        "SLICE": _slice,
        "GATHER": _gather,
        "CONCATENATION": _concatenation,
        "PACK": _pack,
        "UNPACK": _unpack,
        "SPLIT": _split,
        "TILE": _tile,
        "BROADCAST_TO": _broadcast_to,
        "FILL": _fill,
        "TRANSPOSE": _transpose,
        "SELECT": _select_whole,
        "SELECT_V2": _select,
        "REVERSE_V2": _reverse,
        "PAD": _pad,
        "PADV2": _pad,
        "ZEROS_LIKE": lambda _view, inputs: [np.zeros_like(inputs[0])],
    }
)
"""Operators that move elements of any type."""
