"""Reductions over any dimensions: the loops of kernels/reduce.h, and REDUCE_MAX, REDUCE_MIN, REDUCE_ALL, REDUCE_ANY.

TFLM has REDUCE_MAX and REDUCE_MIN without int16, which the converter emits; LiteRT is the golden there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.c_tree import Expression, Fields, Input, Output, Record, Struct, call, numbers
from mcu_toolkit.runtimes.aot.ir.constant_parameters import (
    RECONVERT,
    constant_values,
    data_is,
    output_shape_is,
    parameter,
    positive_axis,
    scales_finding,
)
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LayerRecord, LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.data_movement.copies import strides

_AXES = 1
_LOOPS = 3
"""Loops over the dimensions that stay, and as many over those that go."""


def reduced_axes(view: OpView) -> tuple[int, ...]:
    """The dimensions that go, each once, in order."""
    rank = len(view.input(0).shape)
    axes = {positive_axis(axis, rank) for axis in constant_values(view, _AXES)}
    return tuple(sorted(axis for axis in axes if axis is not None))


def reduced_elements(view: OpView) -> int:
    """Elements that become one."""
    return math.prod(view.input(0).shape[axis] for axis in reduced_axes(view))


def axes_exist(view: OpView) -> Finding | None:
    """the axes are dimensions of the input"""
    rank, axes = len(view.input(0).shape), constant_values(view, _AXES)
    if all(-rank <= axis < rank for axis in axes):
        return None
    return Finding(f"the axes {list(axes)} of {rank} dimensions", RECONVERT, view.input(_AXES))


def loops_are_few(view: OpView) -> Finding | None:
    """neighbouring dimensions merged, at most three groups of dimensions stay and three go"""
    kept, reduced = _groups(view)
    if max(len(kept), len(reduced)) <= _LOOPS:
        return None
    return Finding(f"the axes {list(reduced_axes(view))} of {list(view.input(0).shape)}", "transpose the input first", view.input(0))


def shapes_agree(view: OpView) -> Finding | None:
    """the output has the input's shape without the axes, or with a 1 in their place if keep_dims is set"""
    shape, axes = view.input(0).shape, reduced_axes(view)
    if view.option("keep_dims"):
        return output_shape_is(view, [1 if axis in axes else size for axis, size in enumerate(shape)])
    return output_shape_is(view, [size for axis, size in enumerate(shape) if axis not in axes])


REDUCTION = (has_tensors((2,)), *COMMON)
"""What comes before the element types."""
AXES = (*parameter(_AXES, "list of axes"), axes_exist, loops_are_few, shapes_agree)
"""What comes after them."""


def _groups(view: OpView) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """(size, step) of the loops over what stays and what goes, outermost first."""
    shape, axes = view.input(0).shape, reduced_axes(view)
    merged: list[tuple[int, int, bool]] = []
    for axis, (size, step) in enumerate(zip(shape, strides(shape), strict=True)):
        if size == 1:
            continue
        goes = axis in axes
        if merged and merged[-1][2] == goes:
            merged[-1] = (merged[-1][0] * size, step, goes)
        else:
            merged.append((size, step, goes))
    return [group[:2] for group in merged if not group[2]], [group[:2] for group in merged if group[2]]


def loop_fields(view: OpView) -> Fields:
    """The fields of the C struct `aot_reduce_layer`."""
    kept, reduced = _groups(view)
    return ("kept", _loops(kept)), ("reduced", _loops(reduced))


def _loops(groups: Sequence[tuple[int, int]]) -> Struct:
    padded = [(1, 0)] * (_LOOPS - len(groups)) + list(groups)
    return Struct((("size", numbers(*(size for size, _ in padded))), ("step", numbers(*(step for _, step in padded)))))


def lower_reduction(view: OpView, function: str, layer: LayerRecord, *arguments: Expression) -> LoweredOperator:
    """A call of `function` of kernels/reduce.h, or of kernels/reduce_float32.h if its name says so."""
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=(call(f"aot_{function}", Record(), Input(), Output(), *arguments),),
        headers=("reduce.h", "reduce_float32.h") if function.endswith("float32") else ("reduce.h",),
        layer=layer,
        kernel=function,
    )


def quantizations_agree(view: OpView) -> Finding | None:
    """int8 and int16 input and output have the same scale and zero point, which is 0 for int16"""
    source, result = view.input(0).quantization, view.output.quantization
    if view.input(0).dtype is DType.INT16 and (source is None or source != result or source.zero_point != 0):
        return Finding("different scales, or a zero point", RECONVERT, view.output)
    return scales_finding(view.input(0), view.output)


CONSTRAINTS = (*REDUCTION, data_is(0, DType.INT8, DType.INT16, DType.FLOAT32), *AXES, quantizations_agree)


def lower_reduced_extreme(view: OpView, name: str) -> LoweredOperator:
    """A call of `aot_<name>_<type>`."""
    return lower_reduction(view, f"{name}_{view.input(0).dtype.name.lower()}", LayerRecord("aot_reduce_layer", loop_fields(view)))


def _lower_reduce_max(view: OpView, _target: Target) -> LoweredOperator:
    """Values are compared as they are stored."""
    return lower_reduced_extreme(view, "reduce_max")


REDUCE_MAX = Operator(name="REDUCE_MAX", constraints=CONSTRAINTS, lower=_lower_reduce_max)
"""REDUCE_MAX: the largest element over any dimensions."""


def _lower_reduce_min(view: OpView, _target: Target) -> LoweredOperator:
    """Values are compared as they are stored."""
    return lower_reduced_extreme(view, "reduce_min")


REDUCE_MIN = Operator(name="REDUCE_MIN", constraints=CONSTRAINTS, lower=_lower_reduce_min)
"""REDUCE_MIN: the smallest element over any dimensions."""


def _lower_reduce_all(view: OpView, _target: Target) -> LoweredOperator:
    """The kernel of REDUCE_MIN."""
    return lower_reduction(view, "reduce_min_int8", LayerRecord("aot_reduce_layer", loop_fields(view)))


REDUCE_ALL = Operator(name="REDUCE_ALL", constraints=(*REDUCTION, data_is(0, DType.BOOL), *AXES), lower=_lower_reduce_all)
"""REDUCE_ALL: whether all elements over any dimensions are true.  Truth is stored as 0 and 1, so that this is the smallest one."""


def _lower_reduce_any(view: OpView, _target: Target) -> LoweredOperator:
    """The kernel of REDUCE_MAX."""
    return lower_reduction(view, "reduce_max_int8", LayerRecord("aot_reduce_layer", loop_fields(view)))


REDUCE_ANY = Operator(name="REDUCE_ANY", constraints=(*REDUCTION, data_is(0, DType.BOOL), *AXES), lower=_lower_reduce_any)
"""REDUCE_ANY: whether any element over any dimensions is true: the largest of 0 and 1.  TFLM does not have it, LiteRT is the golden."""


OPERATORS = (REDUCE_MAX, REDUCE_MIN, REDUCE_ALL, REDUCE_ANY)
