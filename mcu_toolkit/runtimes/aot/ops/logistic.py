"""LOGISTIC: int8 and int16."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot import fixed_point
from mcu_toolkit.runtimes.aot.elementwise import Element
from mcu_toolkit.runtimes.aot.operator import Finding, OpView
from mcu_toolkit.runtimes.aot.sigmoids import input_scale_is_not_tiny, int8_element, int16_element, int16_scales_suit_the_table
from mcu_toolkit.runtimes.aot.typed import is_symmetric_in_16_bits, quantization
from mcu_toolkit.runtimes.aot.unary import unary_operator


def int8_output_is_a_probability(view: OpView) -> Finding | None:
    """the zero point of an INT8 output is -128 (its scale is taken for 1/256)"""
    if view.output.dtype is not DType.INT8 or quantization(view.output).zero_point == -128:
        return None
    return Finding(f"a zero point of {quantization(view.output).zero_point}", "convert the model again", view.output)


def _int8(view: OpView) -> Element:
    return int8_element(view, fixed_point.logistic, fraction_bits=8, zero_point=-128)


def _int16(view: OpView) -> Element:
    return int16_element(view, "logistic", (0,))


OPERATOR = unary_operator(
    "LOGISTIC",
    {DType.INT8: _int8, DType.INT16: _int16},
    is_symmetric_in_16_bits,
    int8_output_is_a_probability,
    input_scale_is_not_tiny,
    int16_scales_suit_the_table,
)
