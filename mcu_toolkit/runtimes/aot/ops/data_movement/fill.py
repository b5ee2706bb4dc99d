"""FILL and ZEROS_LIKE: a tensor of one value."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Output, call
from mcu_toolkit.runtimes.aot.ir.constant_parameters import RECONVERT, constant_values, data_is, output_shape_is, parameter
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.data_movement.pad import fill_call, repeated_byte

_SHAPE, _VALUE = 0, 1


def value_is_a_scalar(view: OpView) -> Finding | None:
    """the value is a scalar"""
    value = view.input(_VALUE)
    return None if value.shape == () else Finding(f"a value of the shape {list(value.shape)}", RECONVERT, value)


def fill_shapes_agree(view: OpView) -> Finding | None:
    """the output has the shape that the first input states"""
    return output_shape_is(view, constant_values(view, _SHAPE))


def _lower_fill(view: OpView, _target: Target) -> LoweredOperator:
    """One call; memset where all bytes are equal."""
    byte = repeated_byte(view.input(_VALUE))
    fill = fill_call(Input(), view.output) if byte is None else call("memset", Output(), byte, view.output.size_bytes)
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs[_VALUE:] if byte is None else (),
        outputs=view.op.outputs,
        call=(fill,),
        headers=("fill.h",) if byte is None else (),
        kernel="fill",
    )


FILL = Operator(
    name="FILL",
    constraints=(
        has_tensors((2,)),
        *COMMON,
        data_is(_VALUE, DType.INT8, DType.INT32, DType.FLOAT32),
        *parameter(_SHAPE, "shape", DType.INT32, DType.INT64, DType.INT8, DType.INT16),
        value_is_a_scalar,
        fill_shapes_agree,
    ),
    lower=_lower_fill,
)
"""FILL: a tensor of one value, which may be computed while the model runs."""


def zeros_like_shapes_agree(view: OpView) -> Finding | None:
    """the output has the input's shape"""
    return output_shape_is(view, view.input(0).shape)


def _lower_zeros_like(view: OpView, _target: Target) -> LoweredOperator:
    """One memset; the input is not read."""
    return LoweredOperator(
        op=view.op, inputs=(), outputs=view.op.outputs, call=(call("memset", Output(), 0, view.output.size_bytes),), kernel="fill"
    )


ZEROS_LIKE = Operator(
    name="ZEROS_LIKE",
    constraints=(has_tensors((1,)), *COMMON, data_is(0, DType.INT8, DType.INT32, DType.INT64, DType.FLOAT32), zeros_like_shapes_agree),
    lower=_lower_zeros_like,
)
"""ZEROS_LIKE: zeros in the shape of another tensor.  In int8 these are stored zeros, not zero points: TFLM does the same."""


OPERATORS = (FILL, ZEROS_LIKE)
