"""NEG: float32, and int8, which TFLM does not have: LiteRT's reference kernels are the golden there."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.fixed_point import wrap
from mcu_toolkit.runtimes.aot.ir.operator import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.type_constraints import quantization
from mcu_toolkit.runtimes.aot.ops.elementwise.element import Element
from mcu_toolkit.runtimes.aot.ops.elementwise.lookup import lookup
from mcu_toolkit.runtimes.aot.ops.elementwise.unary import float32, unary_operator


def int8_is_negated_as_stored(view: OpView) -> Finding | None:
    """INT8: input and output have the same scale and zero points of 0, since stored values are negated as they are"""
    if view.output.dtype is not DType.INT8:
        return None
    source, result = quantization(view.input(0)), quantization(view.output)
    if (source.scale, source.zero_point, result.zero_point) == (result.scale, 0, 0):
        return None
    found = f"scale {source.scale:g} and zero point {source.zero_point} in, {result.scale:g} and {result.zero_point} out"
    return Finding(found, "subtract from a constant zero instead (SUB)", view.output)


def _int8(_view: OpView) -> Element:
    return lookup(lambda value: wrap(-value, 8))


OPERATOR = unary_operator("NEG", {DType.INT8: _int8, DType.FLOAT32: float32("neg", "-{a}")}, int8_is_negated_as_stored)
