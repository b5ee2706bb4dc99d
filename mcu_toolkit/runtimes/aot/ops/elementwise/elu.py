"""ELU: int8 by a table, and float32."""

from __future__ import annotations

import numpy as np

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import libm
from mcu_toolkit.runtimes.aot.ir.operator import OpView
from mcu_toolkit.runtimes.aot.ops.elementwise.element import Element
from mcu_toolkit.runtimes.aot.ops.elementwise.lookup import float_function, lookup
from mcu_toolkit.runtimes.aot.ops.elementwise.unary import float32, unary_operator


def _elu(value: np.float32) -> np.float32:
    # exp() - 1 and not expm1() is what TFLM uses in 8 bits.
    return np.float32(libm.expf(value) - np.float32(1)) if value < 0 else value


def _int8(view: OpView) -> Element:
    return lookup(float_function(view, _elu))


OPERATOR = unary_operator("ELU", {DType.INT8: _int8, DType.FLOAT32: float32("elu", "aot_elu({a})", "elu.h", "float_math.h")})
