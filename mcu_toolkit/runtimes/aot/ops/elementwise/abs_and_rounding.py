"""ABS, NEG, SQUARE, CEIL, FLOOR and ROUND."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.c_tree import Binary, Cast, Labelled, Prefixed, call
from mcu_toolkit.runtimes.aot.ir.fixed_point import wrap
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.type_constraints import is_symmetric_in_16_bits, quantization
from mcu_toolkit.runtimes.aot.ops.elementwise.element import A, Element
from mcu_toolkit.runtimes.aot.ops.elementwise.lookup import clamp, lookup, rescaled
from mcu_toolkit.runtimes.aot.ops.elementwise.unary import float32, rescale_record, rescaling_fits, unary_operator


def _same_scale(view: OpView) -> bool:
    return quantization(view.input(0)).scale == quantization(view.output).scale


def _abs_int8(view: OpView) -> Element:
    source, result, scale = quantization(view.input(0)), quantization(view.output), rescaled(view)
    if _same_scale(view):
        return lookup(lambda value: clamp(abs(value - source.zero_point) + result.zero_point))
    return lookup(lambda value: clamp(scale(abs(value - source.zero_point)) + result.zero_point))


def _int16(view: OpView) -> Element:
    same = _same_scale(view)
    expression = Cast("int16_t", call("aot_rescale_magnitude", "layer", A, Labelled("same scale", int(same))))
    return Element(f"abs_int16{'_same_scale' if same else ''}", expression, ("rescale.h",), rescale_record(view))


ABS = unary_operator(
    "ABS",
    {DType.INT8: _abs_int8, DType.INT16: _int16, DType.FLOAT32: float32("abs", call("aot_magnitude", A), "float_math.h")},
    is_symmetric_in_16_bits,
    rescaling_fits,
)
"""ABS: int8 by a table, int16 and float32, with rescaling."""


def int8_is_negated_as_stored(view: OpView) -> Finding | None:
    """INT8: input and output have the same scale and zero points of 0, since stored values are negated as they are"""
    if view.output.dtype is not DType.INT8:
        return None
    source, result = quantization(view.input(0)), quantization(view.output)
    if (source.scale, source.zero_point, result.zero_point) == (result.scale, 0, 0):
        return None
    found = f"scale {source.scale:g} and zero point {source.zero_point} in, {result.scale:g} and {result.zero_point} out"
    return Finding(found, "subtract from a constant zero instead (SUB)", view.output)


def _neg_int8(_view: OpView) -> Element:
    return lookup(lambda value: wrap(-value, 8))


NEG = unary_operator("NEG", {DType.INT8: _neg_int8, DType.FLOAT32: float32("neg", Prefixed("-", A))}, int8_is_negated_as_stored)
"""NEG: float32, and int8, which TFLM does not have: LiteRT's reference kernels are the golden there."""


SQUARE = unary_operator("SQUARE", {DType.FLOAT32: float32("square", Binary(A, "*", A))})
"""SQUARE: float32."""


CEIL = unary_operator("CEIL", {DType.FLOAT32: float32("ceil", call("aot_ceil", A), "float_math.h")})
"""CEIL: float32."""


FLOOR = unary_operator("FLOOR", {DType.FLOAT32: float32("floor", call("aot_floor", A), "float_math.h")})
"""FLOOR: float32."""


ROUND = unary_operator("ROUND", {DType.FLOAT32: float32("round", call("aot_round_to_even", A), "float_math.h")})
"""ROUND: float32."""


OPERATORS = (ABS, NEG, SQUARE, CEIL, FLOOR, ROUND)
