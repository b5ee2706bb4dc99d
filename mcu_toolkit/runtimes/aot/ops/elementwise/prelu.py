"""PRELU: int8, int16 (with alpha in int8) and float32; alpha is broadcast to the input."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.ir.operator import Finding, LayerRecord, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.type_constraints import QUANTIZED, RANGES, quantization, types_are
from mcu_toolkit.runtimes.aot.ops.elementwise.arithmetic import BROADCAST, braces, factor_fits
from mcu_toolkit.runtimes.aot.ops.elementwise.element import Element, elementwise_step


def _factors(view: OpView) -> tuple[float, float]:
    source, alpha, result = (quantization(tensor).scale for tensor in (view.input(0), view.input(1), view.output))
    return source / result, source * alpha / result


def factors_are_below_2_to_30(view: OpView) -> Finding | None:
    """the input's scale, and that times alpha's, divided by the output's, are below 2^30"""
    return factor_fits(max(_factors(view)), view.output) if view.output.dtype in QUANTIZED else None


def _quantized(view: OpView) -> Element:
    factors = [numerics.quantize_multiplier(factor) for factor in _factors(view)]
    low, high = RANGES[view.output.dtype]
    record = LayerRecord(
        "aot_prelu_layer",
        (
            ("zero_point", str(quantization(view.input(0)).zero_point)),
            ("alpha_zero_point", str(quantization(view.input(1)).zero_point)),
            ("multiplier", braces(*(multiplier for multiplier, _ in factors))),
            ("shift", braces(*(shift for _, shift in factors))),
            ("output_zero_point", str(quantization(view.output).zero_point)),
            ("minimum", str(low)),
            ("maximum", str(high)),
        ),
    )
    dtype = view.output.dtype.name.lower()
    return Element(f"prelu_{dtype}", f"({dtype}_t)aot_prelu(layer, {{a}}, {{b}})", ("prelu.h",), record)


def lower(view: OpView, _target: Target) -> Step:
    """One or two multiplications an element."""
    if view.output.dtype in QUANTIZED:
        return elementwise_step(view, _quantized(view))
    return elementwise_step(view, Element("prelu_float32", "{a} >= 0.0f ? {a} : {a} * {b}"))


OPERATOR = Operator(
    name="PRELU",
    constraints=(
        has_tensors((2,)),
        *COMMON,
        types_are((DType.INT8,) * 3, (DType.INT16, DType.INT8, DType.INT16), (DType.FLOAT32,) * 3),
        *BROADCAST,
        factors_are_below_2_to_30,
    ),
    lower=lower,
)
