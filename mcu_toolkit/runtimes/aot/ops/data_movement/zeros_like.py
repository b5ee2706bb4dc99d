"""ZEROS_LIKE: zeros in the shape of another tensor.  In int8 these are stored zeros, not zero points: TFLM does the same."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.constant_parameters import data_is, output_shape_is
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.ir.operator import Finding, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target


def shapes_agree(view: OpView) -> Finding | None:
    """the output has the input's shape"""
    return output_shape_is(view, view.input(0).shape)


def lower(view: OpView, _target: Target) -> Step:
    """One memset; the input is not read."""
    return Step(op=view.op, inputs=(), outputs=view.op.outputs, call=f"memset(${{out0}}, 0, {view.output.size_bytes});", kernel="fill")


OPERATOR = Operator(
    name="ZEROS_LIKE",
    constraints=(has_tensors((1,)), *COMMON, data_is(0, DType.INT8, DType.INT32, DType.INT64, DType.FLOAT32), shapes_agree),
    lower=lower,
)
