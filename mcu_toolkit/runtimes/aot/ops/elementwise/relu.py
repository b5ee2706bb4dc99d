"""RELU, RELU6, RELU_N1_TO_1, LEAKY_RELU and PRELU: int8 by a table, int16 and float32, with rescaling."""

from __future__ import annotations

import math

import numpy as np

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics, records
from mcu_toolkit.runtimes.aot.ir.c_text import c_float
from mcu_toolkit.runtimes.aot.ir.c_tree import Binary, Cast, Conditional, Expression, call
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.ir.fixed_point import requantize, wrap
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.type_constraints import QUANTIZED, RANGES, is_symmetric_in_16_bits, quantization, types_are
from mcu_toolkit.runtimes.aot.ops.elementwise.arithmetic import BROADCAST, factor_fits, output_member
from mcu_toolkit.runtimes.aot.ops.elementwise.element import A, B, Element, lower_elementwise
from mcu_toolkit.runtimes.aot.ops.elementwise.lookup import clamp, lookup, rescaled
from mcu_toolkit.runtimes.aot.ops.elementwise.unary import float32, rescale_record, rescaling_fits, unary_operator


def _clipped(low: str, high: str | None = None) -> Expression:
    """`A`, no smaller than `low` and no larger than `high`; NaN stays NaN."""
    found = Conditional(Binary(A, "<", low), low, A)
    return found if high is None else Conditional(Binary(A, ">", high), high, found)


def _relu_int8(view: OpView) -> Element:
    source, result, scale = quantization(view.input(0)), quantization(view.output), rescaled(view)
    return lookup(lambda value: max(result.zero_point, clamp(scale(value - source.zero_point) + result.zero_point)))


def _relu_int16(view: OpView) -> Element:
    record = rescale_record(view, low=quantization(view.output).zero_point)
    return Element("rescale_int16", Cast("int16_t", call("aot_rescale", "layer", A)), ("rescale.h",), record)


RELU = unary_operator(
    "RELU",
    {DType.INT8: _relu_int8, DType.INT16: _relu_int16, DType.FLOAT32: float32("relu", _clipped("0.0f"))},
    is_symmetric_in_16_bits,
    rescaling_fits,
)
"""RELU: int8, int16 and float32, with rescaling."""


def _clamped(view: OpView) -> Element:
    source, dtype = quantization(view.input(0)), view.output.dtype
    six = numerics.round_half_away(float(np.float32(6) / np.float32(source.scale))) + source.zero_point
    record = records.record("aot_range", minimum=source.zero_point, maximum=min(six, RANGES[dtype][1]))
    name = dtype.name.lower()
    return Element(f"relu6_{name}", Cast(f"{name}_t", call("aot_limit", A, "layer")), (), record)


RELU6 = unary_operator(
    "RELU6",
    {
        DType.INT8: _clamped,
        DType.INT16: _clamped,
        DType.FLOAT32: float32("relu6", _clipped("0.0f", "6.0f")),
    },
)
"""RELU6: int8, int16 and float32.  Stored values are clamped as they are, as in TFLM: the output has the input's quantization."""


def _relu_n1_to_1_int8(view: OpView) -> Element:
    source, result, scale = quantization(view.input(0)), quantization(view.output), rescaled(view)
    low, high = numerics.activation_range("RELU_N1_TO_1", result.scale, result.zero_point)
    return lookup(lambda value: max(low, min(high, wrap(scale(value - source.zero_point) + result.zero_point))))


RELU_N1_TO_1 = unary_operator(
    "RELU_N1_TO_1",
    {DType.INT8: _relu_n1_to_1_int8, DType.FLOAT32: float32("relu_n1_to_1", _clipped("-1.0f", "1.0f"))},
    rescaling_fits,
)
"""RELU_N1_TO_1: int8 and float32.  TFLM has no such operator; LiteRT's reference kernels are the golden."""


def _alpha(view: OpView) -> float:
    return float(np.float32(view.option("alpha")))


def _slope_factor(view: OpView) -> float:
    return quantization(view.input(0)).scale * _alpha(view) / quantization(view.output).scale


def slope_is_finite_and_fits(view: OpView) -> Finding | None:
    """alpha is finite, and the input's scale times alpha, divided by the output's scale, is below 2^30"""
    if not math.isfinite(_alpha(view)):
        return Finding(f"alpha = {_alpha(view)}", "train the model again", None)
    return factor_fits(abs(_slope_factor(view)), view.output) if view.output.dtype in QUANTIZED else None


def _leaky_relu_int8(view: OpView) -> Element:
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


def _leaky_relu_int16(view: OpView) -> Element:
    record = records.record(
        "aot_leaky_relu_layer",
        positive=records.nested(rescale_record(view)),
        factor=records.factor(*numerics.quantize_multiplier(abs(_slope_factor(view)))),
        sign=-1 if _alpha(view) < 0 else 1,
    )
    return Element("leaky_relu_int16", Cast("int16_t", call("aot_leaky_relu", "layer", A)), ("rescale.h",), record)


def _float32(view: OpView) -> Element:
    record = records.record("aot_slope", alpha=c_float(_alpha(view)))
    return Element("leaky_relu_float32", Conditional(Binary(A, ">", "0.0f"), A, Binary(A, "*", "layer->alpha")), ("rescale.h",), record)


LEAKY_RELU = unary_operator(
    "LEAKY_RELU",
    {DType.INT8: _leaky_relu_int8, DType.INT16: _leaky_relu_int16, DType.FLOAT32: _float32},
    slope_is_finite_and_fits,
    rescaling_fits,
)
"""LEAKY_RELU: int8, int16 and float32, with rescaling and any slope."""


def _factors(view: OpView) -> tuple[float, float]:
    source, alpha, result = (quantization(tensor).scale for tensor in (view.input(0), view.input(1), view.output))
    return source / result, source * alpha / result


def factors_are_below_2_to_30(view: OpView) -> Finding | None:
    """the input's scale, and that times alpha's, divided by the output's, are below 2^30"""
    return factor_fits(max(_factors(view)), view.output) if view.output.dtype in QUANTIZED else None


def _quantized(view: OpView) -> Element:
    record = records.record(
        "aot_prelu_layer",
        zero_point=quantization(view.input(0)).zero_point,
        alpha_zero_point=quantization(view.input(1)).zero_point,
        factor=records.array(records.factor(*numerics.quantize_multiplier(factor)) for factor in _factors(view)),
        output=output_member(view),
    )
    dtype = view.output.dtype.name.lower()
    return Element(f"prelu_{dtype}", Cast(f"{dtype}_t", call("aot_prelu", "layer", A, B)), ("prelu.h",), record)


def _lower_prelu(view: OpView, _target: Target) -> LoweredOperator:
    """One or two multiplications an element."""
    if view.output.dtype in QUANTIZED:
        return lower_elementwise(view, _quantized(view))
    return lower_elementwise(view, Element("prelu_float32", Conditional(Binary(A, ">=", "0.0f"), A, Binary(A, "*", B))))


PRELU = Operator(
    name="PRELU",
    constraints=(
        has_tensors((2,)),
        *COMMON,
        types_are((DType.INT8,) * 3, (DType.INT16, DType.INT8, DType.INT16), (DType.FLOAT32,) * 3),
        *BROADCAST,
        factors_are_below_2_to_30,
    ),
    lower=_lower_prelu,
)
"""PRELU: int8, int16 (with alpha in int8) and float32; alpha is broadcast to the input."""


OPERATORS = (RELU, RELU6, RELU_N1_TO_1, LEAKY_RELU, PRELU)
