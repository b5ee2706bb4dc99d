"""CUMSUM: running sums along an axis."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics
from mcu_toolkit.runtimes.aot.ir.constant_parameters import RECONVERT, data_is, output_shape_is
from mcu_toolkit.runtimes.aot.ir.operator import Finding, LayerRecord, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.reduction.lines import AXIS, INPUTS, line_fields
from mcu_toolkit.runtimes.aot.ops.reduction.summing import tensors_are_quantized

_EXTRA_BITS = 20
"""Bits that TFLM shifts centred inputs to the left by, before it takes half of them."""


def _factor(view: OpView) -> float:
    source, result = view.input(0).quantization, view.output.quantization
    assert source is not None
    assert result is not None
    return 2 * source.scale / ((1 << _EXTRA_BITS) * result.scale)


def factor_is_below_one(view: OpView) -> Finding | None:
    """in int8 the input's scale is less than 2^19 times the output's"""
    # TFLM stops at factors from 1 on; one just below rounds up to it.
    if view.input(0).dtype is DType.FLOAT32 or (_factor(view) < 1.0 and numerics.quantize_multiplier(_factor(view))[1] <= 0):
        return None
    return Finding(f"scales that differ by a factor of {_factor(view) * 2**19:g}", RECONVERT, view.output)


def shapes_agree(view: OpView) -> Finding | None:
    """the output has the input's shape"""
    return output_shape_is(view, view.input(0).shape)


def lower(view: OpView, _target: Target) -> Step:
    """May work in place: an element is read before it is written, and never again."""
    dtype = view.input(0).dtype
    fields = (*line_fields(view), ("exclusive", str(int(view.option("exclusive")))), ("reverse", str(int(view.option("reverse")))))
    more = ""
    if dtype is DType.INT8:
        source, result = view.input(0).quantization, view.output.quantization
        assert source is not None
        assert result is not None
        multiplier, shift = numerics.quantize_multiplier(_factor(view))
        more = f", /* zero point */ {source.zero_point}, /* multiplier */ {multiplier}, {shift}, /* zero point */ {result.zero_point}"
    return Step(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=f"aot_cumsum_{dtype.name.lower()}(&${{layer}}, ${{in0}}, ${{out0}}{more});",
        headers=("cumsum.h",),
        layer=LayerRecord("aot_cumsum_layer", fields),
        in_place=(0,),
        kernel="cumsum",
    )


OPERATOR = Operator(
    name="CUMSUM",
    constraints=(*INPUTS, data_is(0, DType.INT8, DType.FLOAT32), *AXIS, shapes_agree, tensors_are_quantized, factor_is_below_one),
    lower=lower,
)
