"""ROUND: float32."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ops.elementwise.unary import float32, unary_operator

OPERATOR = unary_operator("ROUND", {DType.FLOAT32: float32("round", "aot_round_to_even({a})", "float_math.h")})
