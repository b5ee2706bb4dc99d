"""FILL: a tensor of one value, which may be computed while the model runs."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.constant_parameters import RECONVERT, constant_values, data_is, output_shape_is, parameter
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.ir.operator import Finding, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.data_movement.padding import fill_call, repeated_byte

_SHAPE, _VALUE = 0, 1


def value_is_a_scalar(view: OpView) -> Finding | None:
    """the value is a scalar"""
    value = view.input(_VALUE)
    return None if value.shape == () else Finding(f"a value of the shape {list(value.shape)}", RECONVERT, value)


def shapes_agree(view: OpView) -> Finding | None:
    """the output has the shape that the first input states"""
    return output_shape_is(view, constant_values(view, _SHAPE))


def lower(view: OpView, _target: Target) -> Step:
    """One call; memset where all bytes are equal."""
    byte = repeated_byte(view.input(_VALUE))
    constant = byte is not None
    return Step(
        op=view.op,
        inputs=() if constant else view.op.inputs[_VALUE:],
        outputs=view.op.outputs,
        call=f"memset(${{out0}}, {byte}, {view.output.size_bytes});" if constant else fill_call("${in0}", view.output),
        headers=() if constant else ("fill.h",),
        kernel="fill",
    )


OPERATOR = Operator(
    name="FILL",
    constraints=(
        has_tensors((2,)),
        *COMMON,
        data_is(_VALUE, DType.INT8, DType.INT32, DType.FLOAT32),
        *parameter(_SHAPE, "shape", DType.INT32, DType.INT64, DType.INT8, DType.INT16),
        value_is_a_scalar,
        shapes_agree,
    ),
    lower=lower,
)
