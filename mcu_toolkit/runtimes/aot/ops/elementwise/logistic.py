"""LOGISTIC: int8, int16 and uint8, which TFLM has no kernel for: there LiteRT's reference kernel is the golden."""

from __future__ import annotations

import numpy as np

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import fixed_point, libm
from mcu_toolkit.runtimes.aot.ir.operator import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.type_constraints import is_symmetric_in_16_bits, quantization
from mcu_toolkit.runtimes.aot.ops.elementwise.element import Element
from mcu_toolkit.runtimes.aot.ops.elementwise.lookup import float_function, lookup
from mcu_toolkit.runtimes.aot.ops.elementwise.sigmoids import (
    input_scale_is_not_tiny,
    int8_element,
    int16_element,
    int16_scales_suit_the_table,
)
from mcu_toolkit.runtimes.aot.ops.elementwise.unary import unary_operator


def int8_output_is_a_probability(view: OpView) -> Finding | None:
    """the zero point of an INT8 output is -128 (its scale is taken for 1/256)"""
    if view.output.dtype is not DType.INT8 or quantization(view.output).zero_point == -128:
        return None
    return Finding(f"a zero point of {quantization(view.output).zero_point}", "convert the model again", view.output)


def uint8_output_is_a_probability(view: OpView) -> Finding | None:
    """the scale of a UINT8 output is 1/256, its zero point 0"""
    result = quantization(view.output)
    if view.output.dtype is not DType.UINT8 or (result.scale, result.zero_point) == (1 / 256, 0):
        return None
    return Finding(f"a scale of {result.scale:g} and a zero point of {result.zero_point}", "convert the model again", view.output)


def _int8(view: OpView) -> Element:
    return int8_element(view, fixed_point.logistic, fraction_bits=8, zero_point=-128)


def _int16(view: OpView) -> Element:
    return int16_element(view, "logistic", (0,))


def _logistic(value: np.float32) -> np.float32:
    """1 / (1 + exp(-value)), each operation one of float32."""
    result: np.float32 = np.float32(1) / (np.float32(1) + libm.expf(np.float32(-value)))
    return result


def _uint8(view: OpView) -> Element:
    return lookup(float_function(view, _logistic), DType.UINT8)


OPERATOR = unary_operator(
    "LOGISTIC",
    {DType.INT8: _int8, DType.INT16: _int16, DType.UINT8: _uint8},
    is_symmetric_in_16_bits,
    int8_output_is_a_probability,
    uint8_output_is_a_probability,
    input_scale_is_not_tiny,
    int16_scales_suit_the_table,
)
