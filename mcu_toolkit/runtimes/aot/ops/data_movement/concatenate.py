"""Tensors side by side: CONCATENATION and PACK.

Seen from the axis each input is rows: what lies in it from the axis on, and the same place of the output.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.constant_parameters import RECONVERT, data_is, known_axis, output_shape_is, positive_axis, scales_finding
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Constraint, Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.data_movement.copies import Copy, Loop, lower_copies

MOVABLE = (DType.INT8, DType.INT16, DType.INT32, DType.FLOAT32)
"""Element types that TFLM's SPLIT, UNPACK, PAD and DYNAMIC_UPDATE_SLICE take."""


def concatenation_copies(outer: int, rows: Sequence[int]) -> tuple[Copy, ...]:
    """Inputs with `rows` elements from the axis on, each `outer` times, side by side in one output."""
    whole = sum(rows)
    return tuple(
        Copy((Loop(outer, row, whole), Loop(row, 1, 1)), output_offset=sum(rows[:number]), source=number) for number, row in enumerate(rows)
    )


def split_copies(outer: int, rows: Sequence[int]) -> tuple[Copy, ...]:
    """The way back: one input to outputs with `rows` elements from the axis on."""
    whole = sum(rows)
    return tuple(
        Copy((Loop(outer, whole, row), Loop(row, 1, 1)), input_offset=sum(rows[:number]), target=number) for number, row in enumerate(rows)
    )


def outer_size(shape: Sequence[int], axis: int) -> int:
    """Elements before `axis`."""
    return math.prod(shape[:axis])


def rows_from(shapes: Sequence[Sequence[int]], axis: int) -> tuple[int, ...]:
    """Elements from `axis` on, of each shape."""
    return tuple(math.prod(shape[axis:]) for shape in shapes)


def has_outputs(inputs: int) -> Constraint:
    """The operator has `inputs` inputs, none left out, and one output or more."""

    def check(view: OpView) -> Finding | None:
        if len(view.op.inputs) == inputs and min(view.op.inputs) >= 0 and view.op.outputs and min(view.op.outputs) >= 0:
            return None
        return Finding(f"{len(view.op.inputs)} inputs and {len(view.op.outputs)} outputs", "convert the model again")

    check.__doc__ = f"{inputs} input{'s' if inputs > 1 else ''} and one output or more"
    return check


def has_inputs(view: OpView) -> Finding | None:
    """one input or more, none left out, and one output"""
    if view.op.inputs and min(view.op.inputs) >= 0 and len(view.op.outputs) == 1:
        return None
    return Finding(f"{len(view.op.inputs)} inputs and {len(view.op.outputs)} outputs", "convert the model again")


def inputs_have_one_type(view: OpView) -> Finding | None:
    """all inputs have the same element type"""
    for index in view.op.inputs:
        tensor = view.graph.tensors[index]
        if tensor.dtype is not view.input(0).dtype:
            return Finding(f"{view.input(0).dtype.name} and {tensor.dtype.name} side by side", "cast them to one type first", tensor)
    return None


def _axis(view: OpView) -> int:
    return known_axis(view.option("axis"), len(view.output.shape))


def _shapes(view: OpView) -> list[tuple[int, ...]]:
    return [view.input(position).shape for position in range(len(view.op.inputs))]


def no_activation_is_fused(view: OpView) -> Finding | None:
    """no activation is fused"""
    activation = view.option("fused_activation_function")
    return None if activation == "NONE" else Finding(f"a fused {activation}", "make the activation a layer of its own")


def quantizations_agree(view: OpView) -> Finding | None:
    """int8 inputs have the output's scale and zero point, int16 tensors a zero point of 0"""
    for tensor in [view.output, *(view.input(position) for position in range(len(view.op.inputs)))]:
        finding = scales_finding(view.output, tensor)
        if finding is not None:
            return finding
        if tensor.dtype is DType.INT16 and tensor.quantization is not None and any(tensor.quantization.zero_points):
            return Finding(f"a zero point of {tensor.quantization.zero_point}", RECONVERT, tensor)
    return None


def concatenation_shapes_agree(view: OpView) -> Finding | None:
    """all shapes are equal but for the axis, along which the output is as long as the inputs together"""
    shapes = _shapes(view)
    axis = positive_axis(view.option("axis"), len(view.output.shape))
    if axis is None:
        return Finding(f"the axis {view.option('axis')}", RECONVERT, view.output)
    expected = list(shapes[0])
    if len({len(shape) for shape in (*shapes, view.output.shape)}) == 1:
        expected[axis] = sum(shape[axis] for shape in shapes)
        others = {(*shape[:axis], *shape[axis + 1 :]) for shape in shapes}
        if len(others) == 1:
            return output_shape_is(view, expected)
    return Finding(f"the shapes {', '.join(str(list(shape)) for shape in shapes)}", "reshape the inputs first", view.output)


def _lower_concatenation(view: OpView, _target: Target) -> LoweredOperator:
    """One copy of rows for each input."""
    axis = _axis(view)
    copies = concatenation_copies(outer_size(view.output.shape, axis), rows_from(_shapes(view), axis))
    return lower_copies(view, copies, inputs=range(len(view.op.inputs)))


CONCATENATION = Operator(
    name="CONCATENATION",
    constraints=(
        has_inputs,
        *COMMON,
        data_is(0, DType.INT8, DType.INT16, DType.INT32, DType.INT64, DType.FLOAT32, DType.BOOL),
        inputs_have_one_type,
        no_activation_is_fused,
        quantizations_agree,
        concatenation_shapes_agree,
    ),
    lower=_lower_concatenation,
)
"""CONCATENATION: tensors side by side along an axis."""


def pack_shapes_agree(view: OpView) -> Finding | None:
    """all inputs have one shape, to which the output adds the axis"""
    shape = view.input(0).shape
    axis = positive_axis(view.option("axis"), len(shape) + 1)
    if axis is None:
        return Finding(f"the axis {view.option('axis')}", RECONVERT, view.output)
    for position in range(len(view.op.inputs)):
        if view.input(position).shape != shape:
            return Finding(f"the shape {list(view.input(position).shape)} beside {list(shape)}", RECONVERT, view.input(position))
    if view.option("values_count") != len(view.op.inputs):
        return Finding(f"values_count = {view.option('values_count')} and {len(view.op.inputs)} inputs", RECONVERT)
    return output_shape_is(view, (*shape[:axis], len(view.op.inputs), *shape[axis:]))


def _lower_pack(view: OpView, _target: Target) -> LoweredOperator:
    """One copy of rows for each input."""
    shape = view.input(0).shape
    outer = outer_size(shape, known_axis(view.option("axis"), len(shape) + 1))
    inputs = range(len(view.op.inputs))
    return lower_copies(view, concatenation_copies(outer, [view.input(0).elements // outer for _ in inputs]), inputs=inputs)


PACK = Operator(
    name="PACK",
    constraints=(has_inputs, *COMMON, data_is(0, *MOVABLE, DType.INT64), inputs_have_one_type, pack_shapes_agree),
    lower=_lower_pack,
)
"""PACK: tensors of one shape side by side along a new axis."""


OPERATORS = (CONCATENATION, PACK)
