"""LEAKY_RELU: int8, int16 and float32, with rescaling and any slope."""

from __future__ import annotations

import math

import numpy as np

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics
from mcu_toolkit.runtimes.aot.ir.c_text import c_float
from mcu_toolkit.runtimes.aot.ir.fixed_point import requantize
from mcu_toolkit.runtimes.aot.ir.operator import Finding, LayerRecord, OpView
from mcu_toolkit.runtimes.aot.ir.type_constraints import QUANTIZED, quantization
from mcu_toolkit.runtimes.aot.ops.elementwise.arithmetic import factor_fits
from mcu_toolkit.runtimes.aot.ops.elementwise.element import Element
from mcu_toolkit.runtimes.aot.ops.elementwise.lookup import clamp, lookup, rescaled
from mcu_toolkit.runtimes.aot.ops.elementwise.unary import rescale_record, rescaling_fits, unary_operator


def _alpha(view: OpView) -> float:
    return float(np.float32(view.option("alpha")))


def _slope_factor(view: OpView) -> float:
    return quantization(view.input(0)).scale * _alpha(view) / quantization(view.output).scale


def slope_is_finite_and_fits(view: OpView) -> Finding | None:
    """alpha is finite, and the input's scale times alpha, divided by the output's scale, is below 2^30"""
    if not math.isfinite(_alpha(view)):
        return Finding(f"alpha = {_alpha(view)}", "train the model again", None)
    return factor_fits(abs(_slope_factor(view)), view.output) if view.output.dtype in QUANTIZED else None


def _int8(view: OpView) -> Element:
    source, result, identity = quantization(view.input(0)), quantization(view.output), rescaled(view)
    factor = _slope_factor(view)
    multiplier, shift = numerics.quantize_multiplier(abs(factor))

    def value_of(value: int) -> int:
        centred = value - source.zero_point
        if centred >= 0:
            return clamp(identity(centred) + result.zero_point)
        # The sign of a negative slope is put in after rounding.
        scaled = requantize(centred, multiplier, shift)
        return clamp((-scaled if factor < 0 else scaled) + result.zero_point)

    return lookup(value_of)


def _int16(view: OpView) -> Element:
    multiplier, shift = numerics.quantize_multiplier(abs(_slope_factor(view)))
    positive = ", ".join(value for _, value in rescale_record(view).fields)
    record = LayerRecord(
        "aot_leaky_relu_layer",
        (
            ("positive", f"{{{positive}}}"),
            ("multiplier", str(multiplier)),
            ("shift", str(shift)),
            ("sign", "-1" if _alpha(view) < 0 else "1"),
        ),
    )
    return Element("leaky_relu_int16", "(int16_t)aot_leaky_relu(layer, {a})", ("rescale.h",), record)


def _float32(view: OpView) -> Element:
    record = LayerRecord("aot_slope", (("alpha", c_float(_alpha(view))),))
    return Element("leaky_relu_float32", "{a} > 0.0f ? {a} : {a} * layer->alpha", ("slope.h",), record)


OPERATOR = unary_operator(
    "LEAKY_RELU",
    {DType.INT8: _int8, DType.INT16: _int16, DType.FLOAT32: _float32},
    slope_is_finite_and_fits,
    rescaling_fits,
)
