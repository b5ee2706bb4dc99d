"""LOG_SOFTMAX, int8, with the table of exponentials of SOFTMAX."""

from __future__ import annotations

import math

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors, shape_finding
from mcu_toolkit.runtimes.aot.ir.operator import Constant, Finding, LayerRecord, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.type_constraints import all_are, is_quantized, quantization

_MAX_DEPTH = 4095
"""Sums of exponentials have 12 integer bits."""


def shapes_are_equal(view: OpView) -> Finding | None:
    """the output has the input's shape, of one dimension or more, the last one of 4095 at most"""
    shape = view.input(0).shape
    if not shape or shape[-1] > _MAX_DEPTH:
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


def lower(view: OpView, _target: Target) -> Step:
    """May work in place: an element is read before it is written."""
    scale, depth = quantization(view.input(0)).scale, view.input(0).shape[-1]
    exps = numerics.softmax_exp_table(scale, 1.0)
    multiplier, shift = numerics.quantize_multiplier(min(scale * (1 << 26), float(numerics.INT32_MAX)))
    reverse_multiplier, reverse_shift = numerics.quantize_multiplier(math.ldexp(1.0, 31 - shift) / multiplier)
    # The table ends at 255; the limit is where differences leave the range of exp().
    largest_difference = math.floor(31.0 * (1 << 26) / (1 << shift))
    record = LayerRecord(
        "aot_log_softmax_layer",
        (
            ("rows", str(view.input(0).elements // depth)),
            ("depth", str(depth)),
            ("multiplier", str(multiplier)),
            ("shift", str(shift)),
            ("reverse_multiplier", str(reverse_multiplier)),
            ("reverse_shift", str(reverse_shift)),
            ("exp_count", str(largest_difference + 1)),
        ),
    )
    return Step(
        op=view.op,
        inputs=view.op.inputs,
        outputs=view.op.outputs,
        call="aot_log_softmax(&${layer}, ${in0}, ${out0}, ${k_exps});",
        headers=("log_softmax.h", "exp_sum.h", "reciprocal.h"),
        constants=(Constant("exps", exps, "exp(-d * scale) * 2^31 for d = 0, 1, ..."),),
        layer=record,
        in_place=(0,),
        kernel="log_softmax",
    )


OPERATOR = Operator(
    name="LOG_SOFTMAX",
    constraints=(
        has_tensors((1,)),
        *COMMON,
        all_are(DType.INT8),
        is_quantized,
        shapes_are_equal,
        output_is_a_logarithm,
        scale_is_not_tiny,
    ),
    lower=lower,
)
