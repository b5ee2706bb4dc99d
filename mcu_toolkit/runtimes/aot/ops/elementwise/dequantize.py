"""DEQUANTIZE: int8, uint8 or int16 to float32."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.c_text import c_float
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.ir.operator import LayerRecord, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.type_constraints import is_quantized, output_has_the_shape_of_the_input, quantization, types_are
from mcu_toolkit.runtimes.aot.ops.elementwise.element import Element, elementwise_step


def lower(view: OpView, _target: Target) -> Step:
    """One multiplication an element."""
    source = quantization(view.input(0))
    record = LayerRecord("aot_dequantize_layer", (("scale", c_float(source.scale)), ("zero_point", str(source.zero_point))))
    name = f"dequantize_{view.input(0).dtype.name.lower()}"
    return elementwise_step(view, Element(name, "aot_dequantize(layer, {a})", ("dequantize.h",), record))


OPERATOR = Operator(
    name="DEQUANTIZE",
    constraints=(
        has_tensors((1,)),
        *COMMON,
        types_are(*((dtype, DType.FLOAT32) for dtype in (DType.INT8, DType.UINT8, DType.INT16))),
        is_quantized,
        output_has_the_shape_of_the_input,
    ),
    lower=lower,
)
