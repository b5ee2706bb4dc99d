"""The step of kernels/dsp/conv_2d_one.h: a CONV_2D one output pixel at a time, as rows of kernels/dsp/fully_connected.h.

A fifth to a third more instructions than three pixels at a time, for two ninths to a third of the scratch memory.
"""

from __future__ import annotations

import dataclasses

from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Output, Record, Scratch, call, cast_pointer
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.windows import Axis
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.rows import Rows, plan_rows, row_constants, row_field
from mcu_toolkit.runtimes.aot.ops.convolution.weights import Weighted

HEADERS = ("dsp/conv_2d_one.h", "dsp/fully_connected.h", "dsp/instructions.h", "dsp/window.h", "windows.h")


def plan_one_window(layer: Weighted) -> tuple[Weighted, Rows] | None:
    """`layer` (weights: [output channel][kernel y][kernel x][depth]) with a row of weights for each channel, and those packed.

    None where byte pairs are not exact, or too many channels would have to be filled up.
    """
    flat = dataclasses.replace(layer, weights=layer.weights.reshape(layer.channels, -1))
    rows = plan_rows(flat)
    return None if rows is None else (flat, rows)


def lower_one_window(view: OpView, layer: Weighted, plan: Rows, rows: Axis, columns: Axis) -> LoweredOperator:
    """One call.  `layer.weights`: [output channel][depth of a window]."""
    depth = layer.weights.shape[1]
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=(call("aot_dsp_conv_2d_one", Record(), Input(), Output(), cast_pointer("aot_uint32 *", Scratch()), plan.function),),
        headers=HEADERS,
        constants=row_constants(plan),
        layer=records.record(
            "aot_dsp_conv_2d_one_layer",
            row=row_field(layer, plan),
            windows=records.windows(rows, columns, batches=view.input(0).shape[0], channels=(view.input(0).shape[3], layer.channels)),
            input_zero_point=layer.input_zero_point,
            window_bytes=-(-depth // 4) * 4,
        ),
        scratch_bytes=4 * plan.words,
        macs=view.output.elements * depth,
        kernel=f"dsp conv_2d {rows.kernel}x{columns.kernel} one window {plan.kind}",
    )
