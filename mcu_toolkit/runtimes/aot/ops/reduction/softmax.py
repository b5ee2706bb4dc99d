"""SOFTMAX and LOG_SOFTMAX over the last dimension."""

from __future__ import annotations

import functools
import math

import numpy as np
import numpy.typing as npt

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import libm, numerics, records
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Labelled, Output, Record, Table, call
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors, shape_finding
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.type_constraints import all_are, is_quantized, is_symmetric_in_16_bits, quantization, types_are
from mcu_toolkit.runtimes.aot.ops.elementwise.arithmetic import factor_fits
from mcu_toolkit.runtimes.aot.ops.elementwise.lookup import interpolation_table

_SOFTMAX_MAX_DEPTH = {DType.INT8: 4095, DType.INT16: 65535}
"""Sums of exponentials have 12 integer bits in 8 bits; in 16 they are of 15 bits each."""
_HEADERS = ("softmax.h", "interpolate.h", "reciprocal.h")
_SPAN = 10.0
"""exp() of 16-bit values is tabulated from -10 to 0."""


def softmax_shapes_are_equal(view: OpView) -> Finding | None:
    """the output has the input's shape, of one dimension or more"""
    if not view.input(0).shape:
        return Finding("a scalar", "convert the model again", view.input(0))
    return shape_finding(view.output, view.input(0).shape)


def rows_are_short(view: OpView) -> Finding | None:
    """the last dimension is at most 4095 (INT16 inputs: 65535)"""
    depth = view.input(0).shape[-1]
    if depth <= _SOFTMAX_MAX_DEPTH[view.input(0).dtype]:
        return None
    return Finding(f"a last dimension of {depth}", "use fewer classes", view.input(0))


def output_is_a_probability(view: OpView) -> Finding | None:
    """the output's scale is 1/256 and its zero point -128 (INT8 to INT16: 1/65536, -32768; INT16 to INT16: 1/32768, 0)"""
    result = quantization(view.output)
    if view.input(0).dtype is DType.INT16:
        suits = abs(result.scale * 32768 - 1) <= 0.001 and result.zero_point == 0
    elif view.output.dtype is DType.INT16:
        suits = abs(result.scale * 65536 - 1) <= 0.001 and result.zero_point == -32768
    else:
        suits = (result.scale, result.zero_point) == (1 / 256, -128)
    if suits:
        return None
    return Finding(f"scale {result.scale:g} and zero point {result.zero_point}", "convert the model again", view.output)


def scale_is_in_range(view: OpView) -> Finding | None:
    """the input's scale times beta is above 2^-26 (INT16: above 0 and below 2^17)"""
    product = quantization(view.input(0)).scale * view.option("beta")
    if view.input(0).dtype is DType.INT16 and product > 0:
        return factor_fits(product / (_SPAN / 65535.0), view.input(0))
    return None if product * (1 << 26) > 1.0 else Finding(f"{product:g}", "convert the model again", view.input(0))


def input_is_symmetric(view: OpView) -> Finding | None:
    """the zero point of INT16 inputs is 0"""
    return is_symmetric_in_16_bits(view) if view.input(0).dtype is DType.INT16 else None


def _lower_int8(view: OpView) -> LoweredOperator:
    """To int8 it may work in place: an element is read before it is written."""
    table = numerics.softmax_exp_table(quantization(view.input(0)).scale, view.option("beta"))
    depth = view.input(0).shape[-1]
    rows = view.input(0).elements // depth
    to_int16 = view.output.dtype is DType.INT16
    function = "aot_softmax_int8_to_int16" if to_int16 else "aot_softmax_int8"
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs,
        outputs=view.op.outputs,
        call=(call(function, Input(), Output(), Labelled("rows", rows), Labelled("depth", depth), Table("exps"), len(table)),),
        headers=_HEADERS,
        constants=(Constant("exps", table, "exp(-d * scale * beta) * 2^31 for d = 0, 1, ..."),),
        in_place=() if to_int16 else (0,),
        kernel="softmax to int16" if to_int16 else "softmax",
    )


@functools.cache
def _tables() -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int16]]:
    steps = np.float32(65535)
    output_scale = np.float32(np.float32(2) / steps)
    exps = interpolation_table(np.float32(np.float32(_SPAN) / steps), 32767, output_scale, libm.expf)
    one = np.float32(1)
    reciprocals = interpolation_table(np.float32(one / steps), -32768, output_scale, lambda x: np.float32(one / np.float32(one + x)))
    return exps, reciprocals


def _lower_int16(view: OpView) -> LoweredOperator:
    exps, reciprocals = _tables()
    depth = view.input(0).shape[-1]
    factor = quantization(view.input(0)).scale * view.option("beta") / (_SPAN / 65535.0)
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs,
        outputs=view.op.outputs,
        call=(call("aot_softmax_int16", Record(), Input(), Output(), Table("exps"), Table("reciprocals")),),
        headers=_HEADERS,
        constants=(
            Constant("exps", exps, "exp(x) for x from -10 to 0"),
            Constant("reciprocals", reciprocals, "1 / (1 + x) for x from 0 to 1"),
        ),
        layer=records.record(
            "aot_softmax_int16_layer",
            rows=view.input(0).elements // depth,
            depth=depth,
            factor=records.factor(*numerics.quantize_multiplier(factor)),
        ),
        in_place=(0,),
        kernel="softmax int16",
    )


def _lower_softmax(view: OpView, _target: Target) -> LoweredOperator:
    """By the input's element type."""
    return _lower_int8(view) if view.input(0).dtype is DType.INT8 else _lower_int16(view)


SOFTMAX = Operator(
    name="SOFTMAX",
    constraints=(
        has_tensors((1,)),
        *COMMON,
        types_are((DType.INT8, DType.INT8), (DType.INT8, DType.INT16), (DType.INT16, DType.INT16)),
        is_quantized,
        input_is_symmetric,
        softmax_shapes_are_equal,
        rows_are_short,
        output_is_a_probability,
        scale_is_in_range,
    ),
    lower=_lower_softmax,
)
"""SOFTMAX: int8 to int8 or int16 with a table of at most 256 exponentials; int16 with two tables of 513 points."""


_LOG_SOFTMAX_MAX_DEPTH = 4095
"""Sums of exponentials have 12 integer bits."""


def log_softmax_shapes_are_equal(view: OpView) -> Finding | None:
    """the output has the input's shape, of one dimension or more, the last one of 4095 at most"""
    shape = view.input(0).shape
    if not shape or shape[-1] > _LOG_SOFTMAX_MAX_DEPTH:
        return Finding(f"the shape {list(shape)}", "use fewer classes", view.input(0))
    return shape_finding(view.output, shape)


def output_is_a_logarithm(view: OpView) -> Finding | None:
    """the output's scale is 16/256 and its zero point 127"""
    result = quantization(view.output)
    if (result.scale, result.zero_point) == (16 / 256, 127):
        return None
    return Finding(f"scale {result.scale:g} and zero point {result.zero_point}", "convert the model again", view.output)


def scale_is_not_tiny(view: OpView) -> Finding | None:
    """the input's scale is above 2^-26"""
    scale = quantization(view.input(0)).scale
    return None if scale * (1 << 26) > 1.0 else Finding(f"a scale of {scale:g}", "convert the model again", view.input(0))


def _lower_log_softmax(view: OpView, _target: Target) -> LoweredOperator:
    """May work in place: an element is read before it is written."""
    scale, depth = quantization(view.input(0)).scale, view.input(0).shape[-1]
    exps = numerics.softmax_exp_table(scale, 1.0)
    multiplier, shift = numerics.quantize_multiplier(min(scale * (1 << 26), float(numerics.INT32_MAX)))
    # The table ends at 255; the limit is where differences leave the range of exp().
    largest_difference = math.floor(31.0 * (1 << 26) / (1 << shift))
    record = records.record(
        "aot_log_softmax_layer",
        rows=view.input(0).elements // depth,
        depth=depth,
        factor=records.factor(multiplier, shift),
        reverse=records.factor(*numerics.quantize_multiplier(math.ldexp(1.0, 31 - shift) / multiplier)),
        exp_count=largest_difference + 1,
    )
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs,
        outputs=view.op.outputs,
        call=(call("aot_log_softmax", Record(), Input(), Output(), Table("exps")),),
        headers=("log_softmax.h", *_HEADERS),
        constants=(Constant("exps", exps, "exp(-d * scale) * 2^31 for d = 0, 1, ..."),),
        layer=record,
        in_place=(0,),
        kernel="log_softmax",
    )


LOG_SOFTMAX = Operator(
    name="LOG_SOFTMAX",
    constraints=(
        has_tensors((1,)),
        *COMMON,
        all_are(DType.INT8),
        is_quantized,
        log_softmax_shapes_are_equal,
        output_is_a_logarithm,
        scale_is_not_tiny,
    ),
    lower=_lower_log_softmax,
)
"""LOG_SOFTMAX, int8, with the table of exponentials of SOFTMAX."""


OPERATORS = (SOFTMAX, LOG_SOFTMAX)
