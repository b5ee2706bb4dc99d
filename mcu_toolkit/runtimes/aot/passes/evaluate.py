"""Operators on constants, computed when the model is compiled: what shapes are calculated with, and what moves elements.

Exact arithmetic only: integers that do not leave their type, single IEEE operations on floats, elements that are moved and not
looked at.  An evaluator gives None where it does not know the answer; then the operator stays in the model.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from mcu_toolkit.runtimes.aot.ir.constant_parameters import positive_axis
from mcu_toolkit.runtimes.aot.ir.operator import OpView
from mcu_toolkit.runtimes.aot.passes.evaluate_data_movement import LARGEST_BYTES, Array, Evaluator

_INTEGERS = "iu"
_LARGEST_EXPONENT = 63


def _arithmetic(function: Callable[..., Any], *, floats: bool = False) -> Evaluator:
    """Of int32 and int64, where no element leaves its type; `floats`: of float32 too, rounded once."""

    def evaluate(view: OpView, inputs: Sequence[Array]) -> Sequence[Array] | None:
        if view.op.options.get("fused_activation_function", "NONE") != "NONE" or len({array.dtype for array in inputs}) != 1:
            return None
        dtype = inputs[0].dtype
        if dtype.kind == "f":
            with np.errstate(all="ignore"):
                return [np.asarray(function(*inputs), np.float32)] if floats and dtype == np.float32 else None
        if dtype.kind != "i" or dtype.itemsize < 4:
            return None
        return _integers(function(*(array.astype(object) for array in inputs)), dtype)

    return evaluate


def _integers(exact: Any, dtype: np.dtype[Any]) -> Sequence[Array] | None:
    """Python's integers as an array of `dtype`, None where one does not fit."""
    values, limits = np.asarray(exact, dtype=object), np.iinfo(dtype)
    if any(not limits.min <= int(value) <= limits.max for value in values.reshape(-1)):
        return None
    return [values.astype(dtype)]


def _quotient(a: Array, b: Array) -> Any:
    """As in C: towards zero."""
    return np.where((a < 0) != (b < 0), -(abs(a) // abs(b)), abs(a) // abs(b))


def _divide(view: OpView, inputs: Sequence[Array]) -> Sequence[Array] | None:
    if inputs[0].dtype.kind == "f":
        return _arithmetic(np.divide, floats=True)(view, inputs)
    return None if 0 in inputs[1] else _arithmetic(_quotient)(view, inputs)


def _nonzero_divisor(function: Callable[..., Any]) -> Evaluator:
    def evaluate(view: OpView, inputs: Sequence[Array]) -> Sequence[Array] | None:
        return None if 0 in inputs[1] else _arithmetic(function)(view, inputs)

    return evaluate


def _compared(function: Callable[..., Any]) -> Evaluator:
    def evaluate(_view: OpView, inputs: Sequence[Array]) -> Sequence[Array] | None:
        if any(array.dtype != inputs[0].dtype for array in inputs) or inputs[0].dtype.itemsize < 4:
            return None  # 8 and 16 bits are quantized, and compared by what they mean
        return [np.asarray(function(*inputs), np.bool_)]

    return evaluate


def _logical(function: Callable[..., Any]) -> Evaluator:
    return lambda _view, inputs: [np.asarray(function(*inputs))] if all(array.dtype == np.bool_ for array in inputs) else None


def _reduced(function: Callable[..., Any]) -> Evaluator:
    """Along the axes of the second input; None for quantized types and floats, whose order of summation counts."""

    def evaluate(view: OpView, inputs: Sequence[Array]) -> Sequence[Array] | None:
        data, axes = inputs[0], [positive_axis(int(axis), inputs[0].ndim) for axis in inputs[1].reshape(-1)]
        if data.dtype.kind != "i" or data.dtype.itemsize < 4 or None in axes or not data.size:
            return None
        along = tuple(sorted({axis for axis in axes if axis is not None}))
        return _integers(function(data.astype(object), axis=along, keepdims=bool(view.option("keep_dims"))), data.dtype)

    return evaluate


def _reduced_truths(function: Callable[..., Any]) -> Evaluator:
    def evaluate(view: OpView, inputs: Sequence[Array]) -> Sequence[Array] | None:
        data, axes = inputs[0], [positive_axis(int(axis), inputs[0].ndim) for axis in inputs[1].reshape(-1)]
        if data.dtype != np.bool_ or None in axes or not data.size:
            return None
        along = tuple(sorted({axis for axis in axes if axis is not None}))
        return [np.asarray(function(data, axis=along, keepdims=bool(view.option("keep_dims"))))]

    return evaluate


def _sum_of_all(view: OpView, inputs: Sequence[Array]) -> Sequence[Array] | None:
    """ADD_N of integers: it does not broadcast, and the order does not count."""
    if inputs[0].dtype.kind != "i" or any(array.shape != inputs[0].shape for array in inputs):
        return None
    return _arithmetic(lambda *arrays: sum(arrays))(view, inputs)


def _power(view: OpView, inputs: Sequence[Array]) -> Sequence[Array] | None:
    """POW of integers with small exponents: what leaves int64 need not be calculated to know that."""
    base, exponent = inputs
    if base.dtype.kind != "i" or exponent.dtype.kind != "i" or np.any(exponent < 0) or np.any(exponent > _LARGEST_EXPONENT):
        return None
    return _arithmetic(np.power)(view, inputs)


def _rounded(function: Callable[..., Any]) -> Evaluator:
    return lambda _view, inputs: [function(inputs[0])] if inputs[0].dtype == np.float32 else None


def _cast(view: OpView, inputs: Sequence[Array]) -> Sequence[Array] | None:
    source, target = inputs[0], view.output.dtype.numpy
    if source.dtype.kind == "f" and target.kind in _INTEGERS:
        limits = np.iinfo(target)
        if not all(math.isfinite(value) and limits.min <= math.trunc(value) <= limits.max for value in source.reshape(-1).tolist()):
            return None
    return None if target.kind == "f" and target.itemsize < 4 else [source.astype(target)]


# ---- Shapes ----


def _shape(view: OpView, _inputs: Sequence[Array]) -> Sequence[Array]:
    return [np.array(view.input(0).shape, view.output.dtype.numpy)]


def _rank(view: OpView, _inputs: Sequence[Array]) -> Sequence[Array]:
    return [np.array(len(view.input(0).shape), view.output.dtype.numpy)]


def _range(_view: OpView, inputs: Sequence[Array]) -> Sequence[Array] | None:
    start, limit, delta = (array.reshape(-1) for array in inputs)
    if any(array.dtype.kind != "i" or array.size != 1 for array in inputs) or delta[0] == 0:
        return None
    values = range(int(start[0]), int(limit[0]), int(delta[0]))
    return None if len(values) > LARGEST_BYTES else [np.array(values, inputs[0].dtype)]


def _broadcast_args(_view: OpView, inputs: Sequence[Array]) -> Sequence[Array] | None:
    try:
        return [np.array(np.broadcast_shapes(*(tuple(array.tolist()) for array in inputs)), inputs[0].dtype)]
    except ValueError:
        return None


BY_SHAPE: Mapping[str, Evaluator] = MappingProxyType({"SHAPE": _shape, "RANK": _rank})
"""Operators that do not read their input, only its shape."""

COMPUTING: Mapping[str, Evaluator] = MappingProxyType(
    {
        "ADD": _arithmetic(np.add, floats=True),
        "SUB": _arithmetic(np.subtract, floats=True),
        "MUL": _arithmetic(np.multiply, floats=True),
        "DIV": _divide,
        "FLOOR_DIV": _nonzero_divisor(np.floor_divide),
        "FLOOR_MOD": _nonzero_divisor(np.mod),
        "MAXIMUM": _arithmetic(np.maximum),
        "MINIMUM": _arithmetic(np.minimum),
        "NEG": _arithmetic(np.negative),
        "ABS": _arithmetic(np.abs),
        "SQUARE": _arithmetic(np.square, floats=True),
        "ADD_N": _sum_of_all,
        "POW": _power,
        "SQUARED_DIFFERENCE": _arithmetic(lambda a, b: (a - b) ** 2),
        "FLOOR": _rounded(np.floor),
        "SUM": _reduced(np.sum),
        "REDUCE_PROD": _reduced(np.prod),
        "REDUCE_MAX": _reduced(np.max),
        "REDUCE_MIN": _reduced(np.min),
        "REDUCE_ANY": _reduced_truths(np.any),
        "REDUCE_ALL": _reduced_truths(np.all),
        "CAST": _cast,
        "RANGE": _range,
        "BROADCAST_ARGS": _broadcast_args,
        "EQUAL": _compared(np.equal),
        "NOT_EQUAL": _compared(np.not_equal),
        "GREATER": _compared(np.greater),
        "GREATER_EQUAL": _compared(np.greater_equal),
        "LESS": _compared(np.less),
        "LESS_EQUAL": _compared(np.less_equal),
        "LOGICAL_AND": _logical(np.logical_and),
        "LOGICAL_OR": _logical(np.logical_or),
        "LOGICAL_NOT": _logical(np.logical_not),
    }
)
"""Operators whose result is computed: of plain numbers, not of quantized ones."""
