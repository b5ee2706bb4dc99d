"""RELU_N1_TO_1: int8 and float32.  TFLM has no such operator; LiteRT's reference kernels are the golden."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics
from mcu_toolkit.runtimes.aot.ir.fixed_point import wrap
from mcu_toolkit.runtimes.aot.ir.operator import OpView
from mcu_toolkit.runtimes.aot.ir.type_constraints import quantization
from mcu_toolkit.runtimes.aot.ops.elementwise.element import Element
from mcu_toolkit.runtimes.aot.ops.elementwise.lookup import lookup, rescaled
from mcu_toolkit.runtimes.aot.ops.elementwise.unary import float32, rescaling_fits, unary_operator


def _int8(view: OpView) -> Element:
    source, result, scale = quantization(view.input(0)), quantization(view.output), rescaled(view)
    low, high = numerics.activation_range("RELU_N1_TO_1", result.scale, result.zero_point)
    return lookup(lambda value: max(low, min(high, wrap(scale(value - source.zero_point) + result.zero_point))))


OPERATOR = unary_operator(
    "RELU_N1_TO_1",
    {DType.INT8: _int8, DType.FLOAT32: float32("relu_n1_to_1", "{a} > 1.0f ? 1.0f : {a} < -1.0f ? -1.0f : {a}")},
    rescaling_fits,
)
