"""QUANTIZE: float32 to int8 or int16, and integers to integers with another type, scale or zero point."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.c_text import c_float
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.ir.operator import Finding, LayerRecord, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.type_constraints import (
    RANGES,
    is_quantized,
    output_has_the_shape_of_the_input,
    quantization,
    tensors,
    types_are,
)
from mcu_toolkit.runtimes.aot.ops.elementwise.arithmetic import factor_fits
from mcu_toolkit.runtimes.aot.ops.elementwise.element import Element, c_pointer, elementwise_step
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
    low, high = RANGES[view.output.dtype]
    record = LayerRecord(
        "aot_quantize_layer",
        (("scale", c_float(result.scale)), ("zero_point", str(result.zero_point)), ("minimum", str(low)), ("maximum", str(high))),
    )
    return Element(f"quantize_{name}", f"({name}_t)aot_quantize(layer, {{a}})", ("quantize.h",), record)


def _from_integers(view: OpView) -> Element:
    source, result = view.input(0).dtype, view.output.dtype
    expression = f"({c_pointer(result)})aot_rescale(layer, {{a}})"
    return Element(f"rescale_{source.name}_to_{result.name}".lower(), expression, ("rescale.h",), rescale_record(view))


def lower(view: OpView, _target: Target) -> Step:
    """One division or one fixed-point multiplication an element."""
    return elementwise_step(view, _from_float(view) if view.input(0).dtype is DType.FLOAT32 else _from_integers(view))


OPERATOR = Operator(
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
    lower=lower,
)
