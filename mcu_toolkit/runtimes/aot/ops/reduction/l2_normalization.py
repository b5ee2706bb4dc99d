"""L2_NORMALIZATION, int8: rows along the last axis, divided by their length."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Labelled, Output, call
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, activations_are_quantized, has_tensors, input_is, output_is
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
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


def lower(view: OpView, _target: Target) -> LoweredOperator:
    """Row by row; TFLM takes the output's scale for 1/128 and its zero point for 0 whatever the model says."""
    depth = view.input(0).shape[-1]
    rows, zero_point = view.input(0).elements // depth, quantization(view.input(0)).zero_point
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs,
        outputs=view.op.outputs,
        call=(
            call(
                "aot_l2_normalization",
                Input(),
                Output(),
                Labelled("rows", rows),
                Labelled("depth", depth),
                Labelled("zero point", zero_point),
            ),
        ),
        headers=("l2_normalization.h", "inverse_square_root.h"),
        in_place=(0,),
        kernel="l2_normalization",
    )


L2_NORMALIZATION = Operator(
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

OPERATORS = (L2_NORMALIZATION,)
