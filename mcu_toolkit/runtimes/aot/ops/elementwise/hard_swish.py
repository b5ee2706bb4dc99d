"""HARD_SWISH: int8 by a table, and float32."""

from __future__ import annotations

import numpy as np

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics
from mcu_toolkit.runtimes.aot.ir.c_tree import Binary, Conditional, Group
from mcu_toolkit.runtimes.aot.ir.fixed_point import wrap
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.type_constraints import quantization
from mcu_toolkit.runtimes.aot.ops.elementwise.element import A, Element
from mcu_toolkit.runtimes.aot.ops.elementwise.lookup import lookup
from mcu_toolkit.runtimes.aot.ops.elementwise.unary import float32, unary_operator


def _fine_scale(view: OpView) -> float:
    """The input's scale with 7 more fraction bits."""
    return float(np.float32(1 / 128) * np.float32(quantization(view.input(0)).scale))


def output_scale_is_not_too_small(view: OpView) -> Finding | None:
    """INT8: the output's scale is more than a 128th of the input's and less than 2^7 times it"""
    if view.output.dtype is not DType.INT8:
        return None
    _, shift = numerics.quantize_multiplier(_fine_scale(view) / quantization(view.output).scale)
    if -15 <= shift <= 0:
        return None
    return Finding(f"a scale of {quantization(view.output).scale:g}", "convert the model again", view.output)


def _in_16_bits(multiplier: int) -> int:
    return 2**15 - 1 if multiplier >= 2**31 - 1 - 2**15 else (multiplier + 2**15) >> 16


def _saturated(value: int) -> int:
    return max(-(2**15), min(2**15 - 1, value))


def _high_mul(a: int, b: int) -> int:
    return wrap((a * b + (1 << 14)) >> 15, 16)


def _gate(value: int, multiplier: int, shift: int) -> int:
    """(relu6(x + 3) / 6) in fractions of 2^15 of the centred input with 7 fraction bits; (multiplier, shift): x / 3 in 16 bits."""
    if shift > 0:
        # Saturate where it cannot change the result: one bit short of all.
        value = _saturated(_high_mul(_saturated(value << (shift - 1)), multiplier) << 1)
    else:
        value = numerics.rounding_shift(_high_mul(value, multiplier), -shift)
    return wrap((value + (1 << 15)) >> 1, 16)


def _int8(view: OpView) -> Element:
    source, result = quantization(view.input(0)), quantization(view.output)
    output_multiplier, output_shift = numerics.quantize_multiplier(_fine_scale(view) / result.scale)
    gate_multiplier, gate_shift = numerics.quantize_multiplier(_fine_scale(view) / (3.0 / 32768.0))

    def value_of(value: int) -> int:
        fine = wrap((value - source.zero_point) << 7, 16)
        product = _gate(fine, _in_16_bits(gate_multiplier), gate_shift) * _high_mul(fine, _in_16_bits(output_multiplier))
        truncated = product >> 15 if product >= 0 else -((-product) >> 15)
        shifted = numerics.rounding_shift(wrap(truncated, 16), -output_shift)
        return max(-128, min(127, wrap(wrap(shifted, 16) + result.zero_point, 16)))

    return lookup(value_of)


_MOVED = Binary(A, "+", "3.0f")
_RELU6 = Conditional(Binary(_MOVED, ">", "6.0f"), "6.0f", Conditional(Binary(_MOVED, ">", "0.0f"), _MOVED, "0.0f"))
HARD_SWISH = unary_operator(
    "HARD_SWISH",
    {DType.INT8: _int8, DType.FLOAT32: float32("hard_swish", Binary(Binary(A, "*", Group(_RELU6)), "/", "6.0f"))},
    output_scale_is_not_too_small,
)

OPERATORS = (HARD_SWISH,)
