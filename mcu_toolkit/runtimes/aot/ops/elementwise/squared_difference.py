"""SQUARED_DIFFERENCE: int8, int16, int32 and float32, with broadcasting and constants."""

from __future__ import annotations

import numpy as np

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.ir.operator import Finding, LayerRecord, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.type_constraints import QUANTIZED, all_are, is_symmetric_in_16_bits, quantization
from mcu_toolkit.runtimes.aot.ops.elementwise.arithmetic import BROADCAST, braces, factor_fits, output_range
from mcu_toolkit.runtimes.aot.ops.elementwise.element import Element, elementwise_step

_EXTRA_BITS = {DType.INT8: 7, DType.INT16: 0}


def _twice_largest(view: OpView) -> float:
    return 2 * max(quantization(view.input(i)).scale for i in (0, 1))


def _factor(view: OpView) -> float:
    # The only product of this factor that TFLM takes in float32.
    divisor = np.float32(1 << (2 * _EXTRA_BITS[view.output.dtype])) * np.float32(quantization(view.output).scale)
    return _twice_largest(view) ** 2 / float(divisor)


def factor_is_below_2_to_30(view: OpView) -> Finding | None:
    """the square of the larger input scale, divided by the output's, is below 2^42 (INT16: 2^28)"""
    return factor_fits(_factor(view), view.output) if view.output.dtype in QUANTIZED else None


def _quantized(view: OpView) -> Element:
    sources = [quantization(view.input(i)) for i in (0, 1)]
    factors = [numerics.quantize_multiplier(source.scale / _twice_largest(view)) for source in sources]
    inputs = [braces(source.zero_point, *factor) for source, factor in zip(sources, factors, strict=True)]
    multiplier, shift = numerics.quantize_multiplier(_factor(view))
    low, high = output_range(view)
    record = LayerRecord(
        "aot_add_layer",
        (
            ("input", f"{{{inputs[0]}, {inputs[1]}}}"),
            ("multiplier", str(multiplier)),
            ("shift", str(shift)),
            ("zero_point", str(quantization(view.output).zero_point)),
            ("minimum", str(low)),
            ("maximum", str(high)),
        ),
    )
    dtype = view.output.dtype
    expression = f"({dtype.name.lower()}_t)aot_squared_difference(layer, {{a}}, {{b}}, {_EXTRA_BITS[dtype]})"
    return Element(f"squared_difference_{dtype.name.lower()}", expression, ("squared_difference.h", "add.h"), record)


def _plain(view: OpView) -> Element:
    if view.output.dtype is DType.FLOAT32:
        return Element("squared_difference_float32", "({a} - {b}) * ({a} - {b})")
    difference = "aot_wrapping_subtract({a}, {b})"
    return Element("squared_difference_int32", f"aot_wrapping_multiply({difference}, {difference})", ("plain.h",))


def lower(view: OpView, _target: Target) -> Step:
    """One square an element."""
    return elementwise_step(view, _quantized(view) if view.output.dtype in QUANTIZED else _plain(view))


OPERATOR = Operator(
    name="SQUARED_DIFFERENCE",
    constraints=(
        has_tensors((2,)),
        *COMMON,
        all_are(DType.INT8, DType.INT16, DType.INT32, DType.FLOAT32),
        *BROADCAST,
        is_symmetric_in_16_bits,
        factor_is_below_2_to_30,
    ),
    lower=lower,
)
