"""CAST between int8, int16, int32, uint32, float32 and bool."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.c_text import c_integer
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.ir.operator import Finding, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.type_constraints import RANGES, output_has_the_shape_of_the_input
from mcu_toolkit.runtimes.aot.ops.elementwise.element import Element, c_pointer, elementwise_step

_TYPES = (DType.INT8, DType.INT16, DType.INT32, DType.UINT32, DType.FLOAT32, DType.BOOL)
_RANGES = {**RANGES, DType.UINT32: (0, 2**32 - 1)}


def types_can_be_cast(view: OpView) -> Finding | None:
    """input and output are INT8, INT16, INT32, UINT32, FLOAT32 or BOOL"""
    for tensor in (view.input(0), view.output):
        if tensor.dtype not in _TYPES:
            return Finding(f"a cast to or from {tensor.dtype.name}", "use another element type", tensor)
    return None


def lower(view: OpView, _target: Target) -> Step:
    """Integers keep their low bits."""
    source, result = view.input(0).dtype, view.output.dtype
    c_type = c_pointer(result)
    name = f"cast_{source.name}_to_{result.name}".lower()
    if source is DType.FLOAT32 and result not in (DType.FLOAT32, DType.BOOL):
        low, high = _RANGES[result]
        return elementwise_step(view, Element(name, f"({c_type})aot_truncate({{a}}, {c_integer(low)}, {c_integer(high)})", ("cast.h",)))
    truth = DType.BOOL in (source, result)
    return elementwise_step(view, Element(name, f"({c_type})({{a}} != 0)" if truth else f"({c_type}){{a}}"))


OPERATOR = Operator(
    name="CAST",
    constraints=(has_tensors((1,)), *COMMON, types_can_be_cast, output_has_the_shape_of_the_input),
    lower=lower,
)
