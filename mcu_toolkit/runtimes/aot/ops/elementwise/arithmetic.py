"""What the arithmetic operators of two tensors share: fused activations, plain numbers, rescaling as C."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mcu_toolkit.model import DType, Tensor
from mcu_toolkit.runtimes.aot.ir import numerics, records
from mcu_toolkit.runtimes.aot.ir.c_tree import Expression, Struct, Values, call
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, activation_fits, activation_is_known, has_tensors
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LayerRecord, LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Constraint, Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.type_constraints import RANGES, all_are, inputs_broadcast, is_quantized, quantization
from mcu_toolkit.runtimes.aot.ops.elementwise.element import Element, lower_elementwise

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


def binary_operator(name: str, element: Callable[[OpView], Element], dtypes: Iterable[DType], *constraints: Constraint) -> Operator:
    """An operator of two tensors that broadcast, all of one of `dtypes`; `constraints` come after the common ones."""

    def lower(view: OpView, _target: Target) -> LoweredOperator:
        return lower_elementwise(view, element(view))

    common = (has_tensors((2,)), *COMMON, all_are(*dtypes), *BROADCAST)
    return Operator(name=name, constraints=(*common, *constraints), lower=lower)


def scaled_inputs(view: OpView, factors: Iterable[tuple[int, int]]) -> Values:
    """The two `aot_add_input` of a record: zero points, and `factors` (multiplier and shift) to the common scale."""
    inputs = (
        records.initialiser(zero_point=quantization(tensor).zero_point, factor=records.factor(*factor))
        for tensor, factor in zip((view.input(0), view.input(1)), factors, strict=True)
    )
    return records.array(inputs)


def add_record(view: OpView, factors: Iterable[tuple[int, int]], output_factor: tuple[int, int]) -> LayerRecord:
    """An `aot_add_layer`."""
    return records.record(
        "aot_add_layer", input=scaled_inputs(view, factors), factor=records.factor(*output_factor), output=output_member(view)
    )


def mul_record(view: OpView, factor: tuple[int, int]) -> LayerRecord:
    """An `aot_mul_layer`: of MUL, or of DIV."""
    zero_points = records.array(quantization(view.input(i)).zero_point for i in (0, 1))
    return records.record("aot_mul_layer", input_zero_point=zero_points, factor=records.factor(*factor), output=output_member(view))


def output_member(view: OpView) -> Struct:
    """The `aot_output` of a record."""
    return records.output(quantization(view.output).zero_point, *output_range(view))


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
