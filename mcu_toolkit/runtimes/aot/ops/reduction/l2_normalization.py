"""L2_NORMALIZATION, int8: rows along the last axis, divided by their length."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, activations_are_quantized, has_tensors, input_is, output_is
from mcu_toolkit.runtimes.aot.ir.operator import Finding, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.type_constraints import output_has_the_shape_of_the_input, quantization

_MAX_DEPTH = (2**31 - 1) // 255**2
"""Squares of int8 values whose sum fits 32 bits."""


def rows_are_short(view: OpView) -> Finding | None:
    """the input has 1 to 4 dimensions, the last of at most 33025 elements"""
    shape = view.input(0).shape
    if 1 <= len(shape) <= 4 and shape[-1] <= _MAX_DEPTH:
        return None
    return Finding(f"the shape {list(shape)}", "reshape it first", view.input(0))


def no_activation(view: OpView) -> Finding | None:
    """no activation is fused"""
    activation = view.option("fused_activation_function")
    return None if activation == "NONE" else Finding(f"a fused {activation}", "make the activation a layer of its own")


def lower(view: OpView, _target: Target) -> Step:
    """Row by row; TFLM takes the output's scale for 1/128 and its zero point for 0 whatever the model says."""
    depth = view.input(0).shape[-1]
    rows, zero_point = view.input(0).elements // depth, quantization(view.input(0)).zero_point
    return Step(
        op=view.op,
        inputs=view.op.inputs,
        outputs=view.op.outputs,
        call=f"aot_l2_normalization(${{in0}}, ${{out0}}, /* rows */ {rows}, /* depth */ {depth}, /* zero point */ {zero_point});",
        headers=("l2_normalization.h", "inverse_square_root.h"),
        in_place=(0,),
        kernel="l2_normalization",
    )


OPERATOR = Operator(
    name="L2_NORMALIZATION",
    constraints=(
        has_tensors((1,)),
        *COMMON,
        input_is(0, "input", DType.INT8),
        output_is(DType.INT8),
        activations_are_quantized,
        rows_are_short,
        output_has_the_shape_of_the_input,
        no_activation,
    ),
    lower=lower,
)
