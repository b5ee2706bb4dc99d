"""EXP, int8 and int16, by a table.  TFLM has it in float32 only; LiteRT's reference kernels are the golden."""

from __future__ import annotations

import math

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import libm
from mcu_toolkit.runtimes.aot.ir.operator import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.type_constraints import is_symmetric_in_16_bits, quantization
from mcu_toolkit.runtimes.aot.ops.elementwise.element import Element
from mcu_toolkit.runtimes.aot.ops.elementwise.lookup import float_function, interpolated, lookup
from mcu_toolkit.runtimes.aot.ops.elementwise.unary import unary_operator

_LARGEST_EXPONENT = 88.0
"""exp() of 88.72 is the largest float32."""


def _int8(view: OpView) -> Element:
    return lookup(float_function(view, libm.expf))


def _int16(view: OpView) -> Element:
    return interpolated(view, libm.expf)


def largest_is_finite(view: OpView) -> Finding | None:
    """INT16: the exponential of the largest input, divided by the output's scale, is a finite float32"""
    if view.input(0).dtype is not DType.INT16:
        return None
    source, result = quantization(view.input(0)).scale, quantization(view.output).scale
    if source * 32768 - math.log(result) < _LARGEST_EXPONENT and source * 32768 < _LARGEST_EXPONENT:
        return None
    return Finding(f"an input scale of {source:g}", "clip the input before it", view.input(0))


OPERATOR = unary_operator("EXP", {DType.INT8: _int8, DType.INT16: _int16}, is_symmetric_in_16_bits, largest_is_finite)
