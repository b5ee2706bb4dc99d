"""Reductions over any dimensions: the loops of kernels/reduce.h, and REDUCE_MAX, REDUCE_MIN, REDUCE_ALL, REDUCE_ANY.

TFLM has REDUCE_MAX and REDUCE_MIN without int16, which the converter emits; LiteRT is the golden there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import Expression, Input, Kernel, Labelled, Output, Prefixed, Record, Struct, call
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
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LayerRecord, LoweredOperator, SharedFunction
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


def loops_record(view: OpView) -> LayerRecord:
    """An `aot_reduce_layer`."""
    kept, reduced = _groups(view)
    return records.record("aot_reduce_layer", kept=_loops(kept), reduced=_loops(reduced))


def _loops(groups: Sequence[tuple[int, int]]) -> Struct:
    padded = [(1, 0)] * (_LOOPS - len(groups)) + list(groups)
    return records.initialiser(size=records.array(size for size, _ in padded), step=records.array(step for _, step in padded))


_ARGUMENTS: dict[str, tuple[Expression, ...]] = {
    "aot_reduce_layer": ("layer", 0, 0),
    "aot_sum_layer": (Prefixed("&", "layer->loops"), "layer", 0),
    "aot_sum_float32_layer": (Prefixed("&", "layer->loops"), 0, "layer->count"),
}
"""What `aot_reduce` is given of a record: loops, how sums of integers become outputs, what those of floats are divided by."""


def lower_reduction(view: OpView, name: str, kind: str, layer: LayerRecord) -> LoweredOperator:
    """A function of kernels/reduce.h for all layers of one `kind` (SUM, MAX or MIN) and element type."""
    dtype = DType.INT8 if view.input(0).dtype is DType.BOOL else view.input(0).dtype
    function = f"{name}_{dtype.name.lower()}"
    parameters = (f"const {layer.c_type} *layer", "const void *input", "void *output")
    constants = (f"AOT_REDUCE_{kind}", Labelled("bytes", dtype.itemsize_bytes))
    body = call("aot_reduce", *_ARGUMENTS[layer.c_type], "input", "output", *constants)
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=(call(Kernel(function), Record(), Input(), Output()),),
        headers=("reduce.h",),
        functions=(SharedFunction(function, parameters, (body,)),),
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


def _lower_max(view: OpView, _target: Target) -> LoweredOperator:
    """Values are compared as they are stored."""
    return lower_reduction(view, "reduce_max", "MAX", loops_record(view))


def _lower_min(view: OpView, _target: Target) -> LoweredOperator:
    """Values are compared as they are stored."""
    return lower_reduction(view, "reduce_min", "MIN", loops_record(view))


REDUCE_MAX = Operator(name="REDUCE_MAX", constraints=CONSTRAINTS, lower=_lower_max)
"""REDUCE_MAX: the largest element over any dimensions."""


REDUCE_MIN = Operator(name="REDUCE_MIN", constraints=CONSTRAINTS, lower=_lower_min)
"""REDUCE_MIN: the smallest element over any dimensions."""


REDUCE_ALL = Operator(name="REDUCE_ALL", constraints=(*REDUCTION, data_is(0, DType.BOOL), *AXES), lower=_lower_min)
"""REDUCE_ALL: whether all elements over any dimensions are true.  Truth is stored as 0 and 1, so that this is the smallest one."""


REDUCE_ANY = Operator(name="REDUCE_ANY", constraints=(*REDUCTION, data_is(0, DType.BOOL), *AXES), lower=_lower_max)
"""REDUCE_ANY: whether any element over any dimensions is true: the largest of 0 and 1.  TFLM does not have it, LiteRT is the golden."""


OPERATORS = (REDUCE_MAX, REDUCE_MIN, REDUCE_ALL, REDUCE_ANY)
