"""RELU: int8, int16 and float32, with rescaling."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.operator import OpView
from mcu_toolkit.runtimes.aot.ir.type_constraints import is_symmetric_in_16_bits, quantization
from mcu_toolkit.runtimes.aot.ops.elementwise.element import Element
from mcu_toolkit.runtimes.aot.ops.elementwise.lookup import clamp, lookup, rescaled
from mcu_toolkit.runtimes.aot.ops.elementwise.unary import float32, rescale_record, rescaling_fits, unary_operator


def _int8(view: OpView) -> Element:
    source, result, scale = quantization(view.input(0)), quantization(view.output), rescaled(view)
    return lookup(lambda value: max(result.zero_point, clamp(scale(value - source.zero_point) + result.zero_point)))


def _int16(view: OpView) -> Element:
    record = rescale_record(view, low=quantization(view.output).zero_point)
    return Element("rescale_int16", "(int16_t)aot_rescale(layer, {a})", ("rescale.h",), record)


OPERATOR = unary_operator(
    "RELU",
    {DType.INT8: _int8, DType.INT16: _int16, DType.FLOAT32: float32("relu", "{a} < 0.0f ? 0.0f : {a}")},
    is_symmetric_in_16_bits,
    rescaling_fits,
)
