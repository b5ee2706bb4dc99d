"""EXP, int8 and int16, by a table.  TFLM has it in float32 only; LiteRT's reference kernels are the golden."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot import libm
from mcu_toolkit.runtimes.aot.elementwise import Element
from mcu_toolkit.runtimes.aot.lookup import float_function, interpolated, lookup
from mcu_toolkit.runtimes.aot.operator import OpView
from mcu_toolkit.runtimes.aot.typed import is_symmetric_in_16_bits
from mcu_toolkit.runtimes.aot.unary import unary_operator


def _int8(view: OpView) -> Element:
    return lookup(float_function(view, libm.expf))


def _int16(view: OpView) -> Element:
    return interpolated(view, libm.expf)


OPERATOR = unary_operator("EXP", {DType.INT8: _int8, DType.INT16: _int16}, is_symmetric_in_16_bits)
