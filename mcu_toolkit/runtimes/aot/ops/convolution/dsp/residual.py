"""CONV_2D and the ADD behind it as one step: aot_dsp_conv_2d_add of kernels/dsp/conv_2d.h."""

from __future__ import annotations

import dataclasses

from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Kernel, Labelled, Output, Record, Scratch, call, cast_pointer
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LayerRecord, LoweredOperator, SharedFunction
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.conv_2d import (
    HEADERS,
    PIXELS,
    matrix_constants,
    plan_convolution,
    tile_offset_bytes,
    windows_record,
)
from mcu_toolkit.runtimes.aot.ops.convolution.windows import axes
from mcu_toolkit.runtimes.aot.ops.elementwise.linear_add import is_clamped, plan_sum, sum_record


def convolution_into_sum(convolution: OpView, addition: OpView, position: int) -> LoweredOperator | None:
    """The step that adds the outputs of `convolution`, input `position` of `addition`, to the other input, in that one's memory.

    None where one of the two has to be done by the portable kernel.
    """
    plan, factors = plan_convolution(convolution), plan_sum(addition)
    if plan is None or factors is None:
        return None
    layer, matrix = plan
    if position == 0:  # the kernel's second input is the convolution
        factors = dataclasses.replace(factors, factor1=factors.factor2, factor2=factors.factor1)
    rows, columns = axes(convolution)
    kind, clamped = matrix.requantization.kind, is_clamped(addition)
    function = _function(kind, clamped=clamped)
    return LoweredOperator(
        op=addition.op,
        merged=(convolution.op,),
        inputs=(addition.op.inputs[1 - position], convolution.op.inputs[0]),
        outputs=addition.op.outputs,
        call=(call(Kernel(function.name), Record(), Input(1), Output(), cast_pointer("aot_uint32 *", Scratch())),),
        headers=HEADERS,
        constants=matrix_constants(matrix),
        functions=(function,),
        layer=_record(windows_record(convolution, layer, matrix, rows, columns), sum_record(addition, factors)),
        scratch_bytes=tile_offset_bytes(layer, matrix) + PIXELS * layer.channels,
        in_place=(0,),
        must_take_over=True,
        macs=convolution.output.elements * layer.weights[0].size,
        kernel=f"dsp conv_2d {rows.kernel}x{columns.kernel} {kind} into add{' clamped' if clamped else ''}",
        variant="dsp into add",
    )


def _function(kind: str, *, clamped: bool) -> SharedFunction:
    name = f"conv_2d_add_{kind}" + ("_clamped" if clamped else "")
    parameters = ("const aot_dsp_conv_2d_add_layer *layer", "const int8_t *input", "int8_t *output", "aot_uint32 *scratch")
    arguments = ("layer", "input", "output", "scratch", f"aot_dsp_matrix_{kind}", Labelled("clamped", int(clamped)))
    return SharedFunction(name, parameters, (call("aot_dsp_conv_2d_add", *arguments),))


def _record(convolution: LayerRecord, addition: LayerRecord) -> LayerRecord:
    return records.record("aot_dsp_conv_2d_add_layer", convolution=records.nested(convolution), addition=records.nested(addition))
