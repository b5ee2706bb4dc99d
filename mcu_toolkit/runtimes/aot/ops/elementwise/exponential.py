"""EXP, LOG, ELU and GELU: 8 bits by a table, 16 bits by interpolation."""

from __future__ import annotations

import math

import numpy as np

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import libm
from mcu_toolkit.runtimes.aot.ir.c_tree import call
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.type_constraints import is_symmetric_in_16_bits, quantization
from mcu_toolkit.runtimes.aot.ops.elementwise.element import A, Element
from mcu_toolkit.runtimes.aot.ops.elementwise.lookup import float_function, interpolated, lookup
from mcu_toolkit.runtimes.aot.ops.elementwise.unary import float32, unary_operator

_LARGEST_EXPONENT = 88.0
"""exp() of 88.72 is the largest float32."""


def _exp_int8(view: OpView) -> Element:
    return lookup(float_function(view, libm.expf))


def _exp_int16(view: OpView) -> Element:
    return interpolated(view, libm.expf)


def largest_is_finite(view: OpView) -> Finding | None:
    """INT16: the exponential of the largest input, divided by the output's scale, is a finite float32"""
    if view.input(0).dtype is not DType.INT16:
        return None
    source, result = quantization(view.input(0)).scale, quantization(view.output).scale
    if source * 32768 - math.log(result) < _LARGEST_EXPONENT and source * 32768 < _LARGEST_EXPONENT:
        return None
    return Finding(f"an input scale of {source:g}", "clip the input before it", view.input(0))


EXP = unary_operator("EXP", {DType.INT8: _exp_int8, DType.INT16: _exp_int16}, is_symmetric_in_16_bits, largest_is_finite)
"""EXP, int8 and int16, by a table.  TFLM has it in float32 only; LiteRT's reference kernels are the golden."""


def _log_int8(view: OpView) -> Element:
    result = quantization(view.output)
    smallest = np.float32(np.float32(result.scale) * np.float32(-128 - result.zero_point))
    return lookup(float_function(view, lambda value: libm.logf(value) if value > 0 else smallest))


def _log_int16(view: OpView) -> Element:
    smallest = np.float32(np.float32(quantization(view.output).scale) * np.float32(-32768))
    return interpolated(view, lambda value: libm.logf(value) if value > 0 else smallest)


LOG = unary_operator("LOG", {DType.INT8: _log_int8, DType.INT16: _log_int16}, is_symmetric_in_16_bits)
"""LOG, int8 and int16, by a table.  TFLM has it in float32 only; LiteRT's reference kernels are the golden."""


def _elu(value: np.float32) -> np.float32:
    # exp() - 1 and not expm1() is what TFLM uses in 8 bits.
    return np.float32(libm.expf(value) - np.float32(1)) if value < 0 else value


def _elu_int8(view: OpView) -> Element:
    return lookup(float_function(view, _elu))


ELU = unary_operator("ELU", {DType.INT8: _elu_int8, DType.FLOAT32: float32("elu", call("aot_elu", A), "elu.h", "float_math.h")})
"""ELU: int8 by a table, and float32."""


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


def _gelu_int8(view: OpView) -> Element:
    return lookup(float_function(view, _approximate if view.option("approximate") else _exact))


def _gelu_int16(view: OpView) -> Element:
    return interpolated(view, _approximate if view.option("approximate") else _exact)


GELU = unary_operator("GELU", {DType.INT8: _gelu_int8, DType.INT16: _gelu_int16}, is_symmetric_in_16_bits)
"""GELU, int8 and int16, by a table.  TFLM does not have it; LiteRT's reference kernels are the golden."""


OPERATORS = (EXP, LOG, ELU, GELU)
