"""RELU6: int8, int16 and float32.  Stored values are clamped as they are, as in TFLM: the output has the input's quantization."""

from __future__ import annotations

import numpy as np

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics
from mcu_toolkit.runtimes.aot.ir.operator import LayerRecord, OpView
from mcu_toolkit.runtimes.aot.ir.type_constraints import RANGES, quantization
from mcu_toolkit.runtimes.aot.ops.elementwise.element import Element
from mcu_toolkit.runtimes.aot.ops.elementwise.unary import float32, unary_operator


def _clamped(view: OpView) -> Element:
    source, dtype = quantization(view.input(0)), view.output.dtype
    six = numerics.round_half_away(float(np.float32(6) / np.float32(source.scale))) + source.zero_point
    record = LayerRecord("aot_range", (("minimum", str(source.zero_point)), ("maximum", str(min(six, RANGES[dtype][1])))))
    name = dtype.name.lower()
    return Element(f"relu6_{name}", f"({name}_t)aot_min(aot_max({{a}}, layer->minimum), layer->maximum)", ("range.h",), record)


OPERATOR = unary_operator(
    "RELU6",
    {
        DType.INT8: _clamped,
        DType.INT16: _clamped,
        DType.FLOAT32: float32("relu6", "{a} > 6.0f ? 6.0f : {a} < 0.0f ? 0.0f : {a}"),
    },
)
