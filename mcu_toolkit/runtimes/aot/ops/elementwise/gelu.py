"""GELU, int8 and int16, by a table.  TFLM does not have it; LiteRT's reference kernels are the golden."""

from __future__ import annotations

import numpy as np

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import libm
from mcu_toolkit.runtimes.aot.ir.operator import OpView
from mcu_toolkit.runtimes.aot.ir.type_constraints import is_symmetric_in_16_bits
from mcu_toolkit.runtimes.aot.ops.elementwise.element import Element
from mcu_toolkit.runtimes.aot.ops.elementwise.lookup import float_function, interpolated, lookup
from mcu_toolkit.runtimes.aot.ops.elementwise.unary import unary_operator

# Every product and sum is one of float32, in LiteRT's order (tensorflow/lite/kernels/internal/reference/gelu.h).
_HALF, _ONE = np.float32(0.5), np.float32(1)
_MINUS_ROOT_OF_A_HALF = np.float32(-0.70710678118654752440)
_ROOT_OF_2_BY_PI = np.float32(0.7978845608028654)
_CUBIC = np.float32(0.044715)


def _exact(value: np.float32) -> np.float32:
    result: np.float32 = _HALF * value * libm.erfcf(np.float32(value * _MINUS_ROOT_OF_A_HALF))
    return result


def _approximate(value: np.float32) -> np.float32:
    inner = np.float32(_ROOT_OF_2_BY_PI * (value + _CUBIC * value * value * value))
    result: np.float32 = _HALF * value * (_ONE + libm.tanhf(inner))
    return result


def _int8(view: OpView) -> Element:
    return lookup(float_function(view, _approximate if view.option("approximate") else _exact))


def _int16(view: OpView) -> Element:
    return interpolated(view, _approximate if view.option("approximate") else _exact)


OPERATOR = unary_operator("GELU", {DType.INT8: _int8, DType.INT16: _int16}, is_symmetric_in_16_bits)
