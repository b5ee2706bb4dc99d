"""What the arithmetic operators of two tensors share: fused activations, plain numbers, rescaling as C."""

from __future__ import annotations

from mcu_toolkit.model import DType, Tensor
from mcu_toolkit.runtimes.aot.ir import numerics
from mcu_toolkit.runtimes.aot.ir.c_tree import Expression, Fields, Struct, call
from mcu_toolkit.runtimes.aot.ir.constraints import activation_fits, activation_is_known
from mcu_toolkit.runtimes.aot.ir.operator_view import Constraint, Finding, OpView
from mcu_toolkit.runtimes.aot.ir.type_constraints import RANGES, inputs_broadcast, is_quantized, quantization
from mcu_toolkit.runtimes.aot.ops.elementwise.element import Element

ACTIVATIONS: tuple[Constraint, ...] = (activation_is_known, activation_fits)
"""Constraints of an operator with a fused activation."""
BROADCAST: tuple[Constraint, ...] = (is_quantized, inputs_broadcast)
"""Constraints of an operator of two tensors."""

_FLOAT_ENDS = ("-3.4028235e+38f", "3.4028235e+38f")
"""TFLM clamps to the range of finite floats where there is no activation: infinities end there."""


def activation(view: OpView) -> str:
    """The fused activation's name in the schema."""
    name: str = view.option("fused_activation_function")
    return name


def output_range(view: OpView) -> tuple[int, int]:
    """Smallest and largest quantized output, with the fused activation where the operator has one."""
    low, high = RANGES[view.output.dtype]
    if "fused_activation_function" not in view.op.options:
        return low, high
    result = quantization(view.output)
    return numerics.activation_range(activation(view), result.scale, result.zero_point, low, high)


def result_fields(view: OpView, multiplier: int, shift: int) -> Fields:
    """The members of a layer's record that say how sums, products or quotients become outputs."""
    low, high = output_range(view)
    return (
        ("multiplier", str(multiplier)),
        ("shift", str(shift)),
        ("zero_point", str(quantization(view.output).zero_point)),
        ("minimum", str(low)),
        ("maximum", str(high)),
    )


def input_factor(zero_point: int, factor: tuple[int, int]) -> Struct:
    """An aot_add_input (kernels/add.h) or aot_compare_input (kernels/compare.h): what is done to the elements of an input."""
    return Struct((("zero_point", zero_point), ("multiplier", factor[0]), ("shift", factor[1])))


def plain_element(view: OpView, name: str, float_expression: Expression, int_expression: Expression) -> Element:
    """Numbers without quantization, with the fused activation if there is one: float32 or int32."""
    fused = activation(view)
    low, high = numerics.ACTIVATION_BOUNDS[fused]
    suffix = "" if fused == "NONE" else f"_{fused.lower()}"
    if view.output.dtype is DType.FLOAT32:
        ends = [end if bound is None else f"{bound:.1f}f" for bound, end in zip((low, high), _FLOAT_ENDS, strict=True)]
        expression = call("aot_clamp_float32", float_expression, *ends)
        return Element(f"{name}_float32{suffix}", expression, ("plain.h",))
    if fused == "NONE":
        return Element(f"{name}_int32", int_expression, ("plain.h",))
    ends = [end if bound is None else str(int(bound)) for bound, end in zip((low, high), ("INT32_MIN", "INT32_MAX"), strict=True)]
    return Element(f"{name}_int32{suffix}", call("aot_min", call("aot_max", int_expression, ends[0]), ends[1]), ("plain.h",))


def factor_fits(factor: float, tensor: Tensor) -> Finding | None:
    """The finding for a factor from sums to outputs that needs too large a left shift."""
    if numerics.quantize_multiplier(factor)[1] <= numerics.MAX_LEFT_SHIFT:
        return None
    return Finding(f"a factor of {factor:g} between inputs and output", "look for a layer whose output range is close to zero", tensor)
