"""TANH: int8 and int16.  The output's scale is taken for 1/128 and its zero point for 0 in 8 bits, as in TFLM."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import fixed_point
from mcu_toolkit.runtimes.aot.ir.operator import OpView
from mcu_toolkit.runtimes.aot.ir.type_constraints import is_symmetric_in_16_bits
from mcu_toolkit.runtimes.aot.ops.elementwise.element import Element
from mcu_toolkit.runtimes.aot.ops.elementwise.sigmoids import (
    input_scale_is_not_tiny,
    int8_element,
    int16_element,
    int16_scales_suit_the_table,
)
from mcu_toolkit.runtimes.aot.ops.elementwise.unary import unary_operator


def _int8(view: OpView) -> Element:
    return int8_element(view, fixed_point.tanh, fraction_bits=7, zero_point=0)


def _int16(view: OpView) -> Element:
    return int16_element(view, "tanh", (0, 1))


OPERATOR = unary_operator(
    "TANH",
    {DType.INT8: _int8, DType.INT16: _int16},
    is_symmetric_in_16_bits,
    input_scale_is_not_tiny,
    int16_scales_suit_the_table,
)
