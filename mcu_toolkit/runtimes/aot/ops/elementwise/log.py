"""LOG, int8 and int16, by a table.  TFLM has it in float32 only; LiteRT's reference kernels are the golden."""

from __future__ import annotations

import numpy as np

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import libm
from mcu_toolkit.runtimes.aot.ir.operator import OpView
from mcu_toolkit.runtimes.aot.ir.type_constraints import is_symmetric_in_16_bits, quantization
from mcu_toolkit.runtimes.aot.ops.elementwise.element import Element
from mcu_toolkit.runtimes.aot.ops.elementwise.lookup import float_function, interpolated, lookup
from mcu_toolkit.runtimes.aot.ops.elementwise.unary import unary_operator


def _int8(view: OpView) -> Element:
    result = quantization(view.output)
    smallest = np.float32(np.float32(result.scale) * np.float32(-128 - result.zero_point))
    return lookup(float_function(view, lambda value: libm.logf(value) if value > 0 else smallest))


def _int16(view: OpView) -> Element:
    smallest = np.float32(np.float32(quantization(view.output).scale) * np.float32(-32768))
    return interpolated(view, lambda value: libm.logf(value) if value > 0 else smallest)


OPERATOR = unary_operator("LOG", {DType.INT8: _int8, DType.INT16: _int16}, is_symmetric_in_16_bits)
