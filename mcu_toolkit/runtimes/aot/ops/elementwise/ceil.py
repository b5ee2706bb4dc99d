"""CEIL: float32."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ops.elementwise.unary import float32, unary_operator

OPERATOR = unary_operator("CEIL", {DType.FLOAT32: float32("ceil", "aot_ceil({a})", "float_math.h")})
