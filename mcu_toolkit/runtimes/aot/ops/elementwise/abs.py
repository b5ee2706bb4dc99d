"""ABS: int8 by a table, int16 and float32, with rescaling."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.operator import OpView
from mcu_toolkit.runtimes.aot.ir.type_constraints import is_symmetric_in_16_bits, quantization
from mcu_toolkit.runtimes.aot.ops.elementwise.element import Element
from mcu_toolkit.runtimes.aot.ops.elementwise.lookup import clamp, lookup, rescaled
from mcu_toolkit.runtimes.aot.ops.elementwise.unary import float32, rescale_record, rescaling_fits, unary_operator


def _same_scale(view: OpView) -> bool:
    return quantization(view.input(0)).scale == quantization(view.output).scale


def _int8(view: OpView) -> Element:
    source, result, scale = quantization(view.input(0)), quantization(view.output), rescaled(view)
    if _same_scale(view):
        return lookup(lambda value: clamp(abs(value - source.zero_point) + result.zero_point))
    return lookup(lambda value: clamp(scale(abs(value - source.zero_point)) + result.zero_point))


def _int16(view: OpView) -> Element:
    same = _same_scale(view)
    expression = f"(int16_t)aot_rescale_magnitude(layer, {{a}}, /* same scale */ {int(same)})"
    return Element(f"abs_int16{'_same_scale' if same else ''}", expression, ("rescale.h",), rescale_record(view))


OPERATOR = unary_operator(
    "ABS",
    {DType.INT8: _int8, DType.INT16: _int16, DType.FLOAT32: float32("abs", "aot_magnitude({a})", "float_math.h")},
    is_symmetric_in_16_bits,
    rescaling_fits,
)
