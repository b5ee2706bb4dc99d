"""SQRT: float32, and int8, which TFLM does not have: LiteRT's reference kernels are the golden there."""

from __future__ import annotations

import math

import numpy as np

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import libm
from mcu_toolkit.runtimes.aot.ir.operator import OpView
from mcu_toolkit.runtimes.aot.ir.type_constraints import quantization
from mcu_toolkit.runtimes.aot.ops.elementwise.element import Element
from mcu_toolkit.runtimes.aot.ops.elementwise.lookup import clamp, lookup
from mcu_toolkit.runtimes.aot.ops.elementwise.unary import float32, unary_operator


def _int8(view: OpView) -> Element:
    source, result = quantization(view.input(0)), quantization(view.output)

    def value_of(value: int) -> int:
        # LiteRT stops with an error below zero.
        real = np.float32(max(value - source.zero_point, 0)) * np.float32(source.scale)
        quotient = float(libm.sqrtf(real) / np.float32(result.scale))
        return clamp(math.trunc(min(quotient, 1e6)) + result.zero_point)

    return lookup(value_of)


OPERATOR = unary_operator("SQRT", {DType.INT8: _int8, DType.FLOAT32: float32("sqrt", "aot_square_root({a})", "float_math.h")})
