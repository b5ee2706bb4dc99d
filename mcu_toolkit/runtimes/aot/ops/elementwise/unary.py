"""What the functions of one tensor share: constraints, and a `lower` that picks the form by element type."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics, records
from mcu_toolkit.runtimes.aot.ir.c_tree import Expression
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LayerRecord, LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Constraint, Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.type_constraints import (
    QUANTIZED,
    RANGES,
    all_are,
    is_quantized,
    output_has_the_shape_of_the_input,
    quantization,
)
from mcu_toolkit.runtimes.aot.ops.elementwise.arithmetic import factor_fits
from mcu_toolkit.runtimes.aot.ops.elementwise.element import Element, lower_elementwise

Form = Callable[[OpView], Element]
"""Lowers one element type."""


def unary_operator(name: str, forms: Mapping[DType, Form], *constraints: Constraint) -> Operator:
    """An operator of one tensor whose output has the same shape and element type; `constraints` come after the common ones."""

    def lower(view: OpView, _target: Target) -> LoweredOperator:
        return lower_elementwise(view, forms[view.input(0).dtype](view))

    common = (has_tensors((1,)), *COMMON, all_are(*forms), is_quantized, output_has_the_shape_of_the_input)
    return Operator(name=name, constraints=(*common, *constraints), lower=lower)


def float32(name: str, expression: Expression, *headers: str) -> Form:
    """The form of float32: `expression` is over `A`."""
    return lambda _view: Element(f"{name}_float32", expression, headers)


def rescale_record(view: OpView, *, factor: float | None = None, low: int | None = None) -> LayerRecord:
    """The record of kernels/rescale.h; `factor` from input to output (None: by the scales), `low` instead of the type's minimum."""
    source, result = quantization(view.input(0)), quantization(view.output)
    multiplier, shift = numerics.quantize_multiplier(source.scale / result.scale if factor is None else factor)
    minimum, maximum = RANGES[view.output.dtype]
    return records.record(
        "aot_rescale_layer",
        input_zero_point=source.zero_point,
        factor=records.factor(multiplier, shift),
        output=records.output(result.zero_point, minimum if low is None else max(low, minimum), maximum),
    )


def rescaling_fits(view: OpView) -> Finding | None:
    """the input's scale, divided by the output's, is below 2^30"""
    if view.output.dtype not in QUANTIZED:
        return None
    return factor_fits(quantization(view.input(0)).scale / quantization(view.output).scale, view.output)
