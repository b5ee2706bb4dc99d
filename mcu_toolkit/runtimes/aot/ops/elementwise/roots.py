"""SQRT and RSQRT."""

from __future__ import annotations

import math

import numpy as np

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import libm, numerics
from mcu_toolkit.runtimes.aot.ir.c_tree import Binary, Cast, call
from mcu_toolkit.runtimes.aot.ir.fixed_point import inverse_square_root, requantize
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.type_constraints import QUANTIZED, is_symmetric_in_16_bits, quantization
from mcu_toolkit.runtimes.aot.ops.elementwise.element import A, Element
from mcu_toolkit.runtimes.aot.ops.elementwise.lookup import clamp, lookup
from mcu_toolkit.runtimes.aot.ops.elementwise.unary import float32, rescale_record, unary_operator


def _sqrt_int8(view: OpView) -> Element:
    source, result = quantization(view.input(0)), quantization(view.output)

    def value_of(value: int) -> int:
        # LiteRT stops with an error below zero.
        real = np.float32(max(value - source.zero_point, 0)) * np.float32(source.scale)
        quotient = float(libm.sqrtf(real) / np.float32(result.scale))
        return clamp(math.trunc(min(quotient, 1e6)) + result.zero_point)

    return lookup(value_of)


SQRT = unary_operator("SQRT", {DType.INT8: _sqrt_int8, DType.FLOAT32: float32("sqrt", call("aot_square_root", A), "float_math.h")})
"""SQRT: float32, and int8, which TFLM does not have: LiteRT's reference kernels are the golden there."""


_BITS = 20


def _factor(view: OpView) -> float:
    return 1.0 / (math.sqrt(quantization(view.input(0)).scale) * quantization(view.output).scale)


def factor_is_in_range(view: OpView) -> Finding | None:
    """the output's scale times the square root of the input's is from 2^-30 to 2^12"""
    if view.output.dtype not in QUANTIZED or -11 <= numerics.quantize_multiplier(_factor(view))[1] <= 30:
        return None
    return Finding(f"a factor of {_factor(view):g}", "convert the model again", view.output)


def _rsqrt_int8(view: OpView) -> Element:
    source, result = quantization(view.input(0)), quantization(view.output)
    multiplier, shift = numerics.quantize_multiplier(_factor(view))

    def value_of(value: int) -> int:
        if value <= source.zero_point:
            return 127
        root_multiplier, root_shift = inverse_square_root(value - source.zero_point)
        root = requantize(1, root_multiplier, root_shift + _BITS)
        return clamp(requantize(root, multiplier, shift - _BITS) + result.zero_point)

    return lookup(value_of)


def _int16(view: OpView) -> Element:
    record = rescale_record(view, factor=_factor(view))
    headers = ("rsqrt.h", "inverse_square_root.h", "rescale.h")
    return Element("rsqrt_int16", Cast("int16_t", call("aot_rsqrt", "layer", A)), headers, record)


RSQRT = unary_operator(
    "RSQRT",
    {
        DType.INT8: _rsqrt_int8,
        DType.INT16: _int16,
        DType.FLOAT32: float32("rsqrt", Binary("1.0f", "/", call("aot_square_root", A)), "float_math.h"),
    },
    is_symmetric_in_16_bits,
    factor_is_in_range,
)
"""RSQRT: int8 by a table, int16, and float32.  Values below zero, where TFLM stops with an error, give the largest output."""


OPERATORS = (SQRT, RSQRT)
