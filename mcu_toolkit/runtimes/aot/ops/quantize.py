"""QUANTIZE: float32 to int8, and int8 to int8 with another scale or zero point."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot import numerics
from mcu_toolkit.runtimes.aot.c_text import c_float
from mcu_toolkit.runtimes.aot.constraints import (
    COMMON,
    activations_are_quantized,
    has_tensors,
    input_is,
    output_is,
    rescaling_finding,
    shape_finding,
)
from mcu_toolkit.runtimes.aot.operator import Finding, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.target import Target


def shapes_are_equal(view: OpView) -> Finding | None:
    """the output has the input's shape"""
    return shape_finding(view.output, view.input(0).shape)


def _rescaling(view: OpView) -> numerics.Rescaling:
    source, result = view.input(0).quantization, view.output.quantization
    assert source is not None
    assert result is not None
    return numerics.rescaling([source.scale / result.scale])


def rescaling_fits(view: OpView) -> Finding | None:
    """the factor between the two scales is below 2^31"""
    if view.input(0).dtype is DType.FLOAT32:
        return None
    return rescaling_finding(_rescaling(view).max_shift, view.output)


def lower(view: OpView, _target: Target) -> Step:
    """May work in place: an output never reaches beyond the input it is made from."""
    result = view.output.quantization
    assert result is not None
    count = view.output.elements
    if view.input(0).dtype is DType.FLOAT32:
        scale = c_float(result.scale)
        call = f"aot_quantize_float32(${{in0}}, ${{out0}}, {count}, /* scale */ {scale}, /* zero point */ {result.zero_point});"
        kernel = "quantize float32"
    else:
        source = view.input(0).quantization
        assert source is not None
        factor = _rescaling(view)
        call = (
            f"aot_quantize_int8(${{in0}}, ${{out0}}, {count}, /* multiplier */ {factor.multipliers[0]}, /* shift */ {factor.shifts[0]}, "
            f"/* zero points */ {source.zero_point}, {result.zero_point});"
        )
        kernel = "quantize int8"
    return Step(
        op=view.op, inputs=view.op.inputs, outputs=view.op.outputs, call=call, headers=("quantize.h",), in_place=(0,), kernel=kernel
    )


OPERATOR = Operator(
    name="QUANTIZE",
    constraints=(
        has_tensors((1,)),
        *COMMON,
        input_is(0, "input", DType.FLOAT32, DType.INT8),
        output_is(DType.INT8),
        activations_are_quantized,
        shapes_are_equal,
        rescaling_fits,
    ),
    lower=lower,
)
