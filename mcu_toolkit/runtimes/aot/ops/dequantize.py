"""DEQUANTIZE: int8 to float32."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.c_text import c_float
from mcu_toolkit.runtimes.aot.constraints import COMMON, activations_are_quantized, has_tensors, input_is, output_is, shape_finding
from mcu_toolkit.runtimes.aot.operator import Finding, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.target import Target


def shapes_are_equal(view: OpView) -> Finding | None:
    """the output has the input's shape"""
    return shape_finding(view.output, view.input(0).shape)


def lower(view: OpView, _target: Target) -> Step:
    """One multiplication an element."""
    source = view.input(0).quantization
    assert source is not None
    return Step(
        op=view.op,
        inputs=view.op.inputs,
        outputs=view.op.outputs,
        call=f"aot_dequantize_int8(${{in0}}, ${{out0}}, {view.output.elements}, /* scale */ {c_float(source.scale)}, "
        f"/* zero point */ {source.zero_point});",
        headers=("dequantize.h",),
        kernel="dequantize int8",
    )


OPERATOR = Operator(
    name="DEQUANTIZE",
    constraints=(
        has_tensors((1,)),
        *COMMON,
        input_is(0, "input", DType.INT8),
        output_is(DType.FLOAT32),
        activations_are_quantized,
        shapes_are_equal,
    ),
    lower=lower,
)
