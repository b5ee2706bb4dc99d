"""QUANTIZE, DEQUANTIZE and CAST: the same values in another element type."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_text import c_float, c_integer
from mcu_toolkit.runtimes.aot.ir.c_tree import Binary, Cast, Group, call
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.type_constraints import (
    RANGES,
    is_quantized,
    output_has_the_shape_of_the_input,
    quantization,
    tensors,
    types_are,
)
from mcu_toolkit.runtimes.aot.ops.elementwise.arithmetic import factor_fits, output_member
from mcu_toolkit.runtimes.aot.ops.elementwise.element import A, Element, c_pointer, lower_elementwise
from mcu_toolkit.runtimes.aot.ops.elementwise.unary import rescale_record

_RESCALINGS = {
    DType.INT8: (DType.INT8, DType.INT16, DType.INT32, DType.UINT8),
    DType.UINT8: (DType.INT8,),
    DType.INT16: (DType.INT8, DType.INT16, DType.INT32),
    DType.INT32: (DType.INT8, DType.INT16),
    DType.FLOAT32: (DType.INT8, DType.INT16),
}


def int32_tensors_have_a_scale(view: OpView) -> Finding | None:
    """32-bit tensors have one scale above zero and one zero point"""
    for tensor in tensors(view):
        found = tensor.quantization
        if tensor.dtype is DType.INT32 and (found is None or found.per_channel or not found.scale > 0):
            return Finding("no usable scale and zero point", "convert the model again", tensor)
    return None


def rescaling_fits(view: OpView) -> Finding | None:
    """the input's scale, divided by the output's, is below 2^30"""
    if view.input(0).dtype is DType.FLOAT32:
        return None
    return factor_fits(quantization(view.input(0)).scale / quantization(view.output).scale, view.output)


def _from_float(view: OpView) -> Element:
    result, name = quantization(view.output), view.output.dtype.name.lower()
    record = records.record("aot_quantize_layer", scale=c_float(result.scale), output=output_member(view))
    return Element(f"quantize_{name}", Cast(f"{name}_t", call("aot_quantize", "layer", A)), ("quantize.h",), record)


def _from_integers(view: OpView) -> Element:
    source, result = view.input(0).dtype, view.output.dtype
    expression = Cast(c_pointer(result), call("aot_rescale", "layer", A))
    return Element(f"rescale_{source.name}_to_{result.name}".lower(), expression, ("rescale.h",), rescale_record(view))


def _lower_quantize(view: OpView, _target: Target) -> LoweredOperator:
    """One division or one fixed-point multiplication an element."""
    return lower_elementwise(view, _from_float(view) if view.input(0).dtype is DType.FLOAT32 else _from_integers(view))


QUANTIZE = Operator(
    name="QUANTIZE",
    constraints=(
        has_tensors((1,)),
        *COMMON,
        types_are(*((source, result) for source, results in _RESCALINGS.items() for result in results)),
        is_quantized,
        int32_tensors_have_a_scale,
        output_has_the_shape_of_the_input,
        rescaling_fits,
    ),
    lower=_lower_quantize,
)
"""QUANTIZE: float32 to int8 or int16, and integers to integers with another type, scale or zero point."""


def _lower_dequantize(view: OpView, _target: Target) -> LoweredOperator:
    """One multiplication an element."""
    source = quantization(view.input(0))
    record = records.record("aot_dequantize_layer", scale=c_float(source.scale), zero_point=source.zero_point)
    name = f"dequantize_{view.input(0).dtype.name.lower()}"
    return lower_elementwise(view, Element(name, call("aot_dequantize", "layer", A), ("dequantize.h",), record))


DEQUANTIZE = Operator(
    name="DEQUANTIZE",
    constraints=(
        has_tensors((1,)),
        *COMMON,
        types_are(*((dtype, DType.FLOAT32) for dtype in (DType.INT8, DType.UINT8, DType.INT16))),
        is_quantized,
        output_has_the_shape_of_the_input,
    ),
    lower=_lower_dequantize,
)
"""DEQUANTIZE: int8, uint8 or int16 to float32."""


_TYPES = (DType.INT8, DType.INT16, DType.INT32, DType.UINT32, DType.FLOAT32, DType.BOOL)
_RANGES = {**RANGES, DType.UINT32: (0, 2**32 - 1)}


def types_can_be_cast(view: OpView) -> Finding | None:
    """input and output are INT8, INT16, INT32, UINT32, FLOAT32 or BOOL"""
    for tensor in (view.input(0), view.output):
        if tensor.dtype not in _TYPES:
            return Finding(f"a cast to or from {tensor.dtype.name}", "use another element type", tensor)
    return None


def _lower_cast(view: OpView, _target: Target) -> LoweredOperator:
    """Integers keep their low bits."""
    source, result = view.input(0).dtype, view.output.dtype
    c_type = c_pointer(result)
    name = f"cast_{source.name}_to_{result.name}".lower()
    if source is DType.FLOAT32 and result not in (DType.FLOAT32, DType.BOOL):
        low, high = _RANGES[result]
        return lower_elementwise(view, Element(name, Cast(c_type, call("aot_truncate", A, c_integer(low), c_integer(high))), ("cast.h",)))
    truth = DType.BOOL in (source, result)
    return lower_elementwise(view, Element(name, Cast(c_type, Group(Binary(A, "!=", 0)) if truth else A)))


CAST = Operator(
    name="CAST",
    constraints=(has_tensors((1,)), *COMMON, types_can_be_cast, output_has_the_shape_of_the_input),
    lower=_lower_cast,
)
"""CAST between int8, int16, int32, uint32, float32 and bool."""


OPERATORS = (QUANTIZE, DEQUANTIZE, CAST)
