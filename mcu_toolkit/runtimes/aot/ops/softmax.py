"""SOFTMAX, int8 to int8: the exponential becomes a table of at most 256 entries."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot import numerics
from mcu_toolkit.runtimes.aot.constraints import COMMON, activations_are_quantized, has_tensors, input_is, output_is, shape_finding
from mcu_toolkit.runtimes.aot.operator import Constant, Finding, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.target import Target

_MAX_DEPTH = 4095
"""Sums of exponentials have 12 integer bits."""


def shapes_are_equal(view: OpView) -> Finding | None:
    """the output has the input's shape, of one dimension or more"""
    if not view.input(0).shape:
        return Finding("a scalar", "convert the model again", view.input(0))
    return shape_finding(view.output, view.input(0).shape)


def rows_are_short(view: OpView) -> Finding | None:
    """the last dimension is at most 4095"""
    depth = view.input(0).shape[-1]
    return Finding(f"a last dimension of {depth}", "use fewer classes", view.input(0)) if depth > _MAX_DEPTH else None


def output_is_a_probability(view: OpView) -> Finding | None:
    """the output's scale is 1/256 and its zero point -128"""
    result = view.output.quantization
    assert result is not None
    if (result.scale, result.zero_point) == (1 / 256, -128):
        return None
    return Finding(f"scale {result.scale:g} and zero point {result.zero_point}", "convert the model again", view.output)


def scale_is_not_tiny(view: OpView) -> Finding | None:
    """the input's scale times beta is above 2^-26"""
    source = view.input(0).quantization
    assert source is not None
    product = source.scale * view.option("beta")
    return None if product * (1 << 26) > 1.0 else Finding(f"{product:g}", "convert the model again", view.input(0))


def lower(view: OpView, _target: Target) -> Step:
    """May work in place: an element is read before it is written."""
    source = view.input(0).quantization
    assert source is not None
    table = numerics.softmax_exp_table(source.scale, view.option("beta"))
    depth = view.input(0).shape[-1]
    rows = view.input(0).elements // depth
    return Step(
        op=view.op,
        inputs=view.op.inputs,
        outputs=view.op.outputs,
        call=f"aot_softmax(${{in0}}, ${{out0}}, /* rows */ {rows}, /* depth */ {depth}, ${{k_exps}}, {len(table)});",
        headers=("softmax.h",),
        constants=(Constant("exps", table, "exp(-d * scale * beta) * 2^31 for d = 0, 1, ..."),),
        in_place=(0,),
        kernel="softmax",
    )


OPERATOR = Operator(
    name="SOFTMAX",
    constraints=(
        has_tensors((1,)),
        *COMMON,
        input_is(0, "input", DType.INT8),
        output_is(DType.INT8),
        activations_are_quantized,
        shapes_are_equal,
        rows_are_short,
        output_is_a_probability,
        scale_is_not_tiny,
    ),
    lower=lower,
)
