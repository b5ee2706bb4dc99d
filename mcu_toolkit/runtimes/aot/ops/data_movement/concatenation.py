"""CONCATENATION: tensors side by side along an axis."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.constant_parameters import RECONVERT, data_is, known_axis, output_shape_is, positive_axis, scales_finding
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON
from mcu_toolkit.runtimes.aot.ir.operator import Finding, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.data_movement.concatenating import has_inputs, inputs_have_one_type, joining_copies, outer_size, rows_from
from mcu_toolkit.runtimes.aot.ops.data_movement.copies import copy_step


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


def shapes_agree(view: OpView) -> Finding | None:
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


def lower(view: OpView, _target: Target) -> Step:
    """One copy of rows for each input."""
    axis = _axis(view)
    copies = joining_copies(outer_size(view.output.shape, axis), rows_from(_shapes(view), axis))
    return copy_step(view, copies, inputs=range(len(view.op.inputs)))


OPERATOR = Operator(
    name="CONCATENATION",
    constraints=(
        has_inputs,
        *COMMON,
        data_is(0, DType.INT8, DType.INT16, DType.INT32, DType.INT64, DType.FLOAT32, DType.BOOL),
        inputs_have_one_type,
        no_activation_is_fused,
        quantizations_agree,
        shapes_agree,
    ),
    lower=lower,
)
