"""Convolutions and dense layers that were kept in floating point: one kernel for all three."""

from __future__ import annotations

import numpy as np

from mcu_toolkit.runtimes.aot.ir import numerics, records
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Output, Record, Struct, Table, call
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.windows import Axis, window_axis


def lower_float(view: OpView, rows: Axis, columns: Axis, *, groups: int, depthwise: bool = False) -> LoweredOperator:
    """A convolution with `groups`; depthwise weights lie [1][y][x][channel], others [channel][y][x][depth]."""
    batches, _, _, channels = view.input(0).shape
    depth, filters = channels // groups, view.output.shape[3]
    windows = records.windows(rows, columns, batches=batches, channels=(channels, filters))
    steps = (1, filters) if depthwise else (rows.kernel * columns.kernel * depth, depth)
    return _step(view, windows, groups, steps, macs=view.output.elements * rows.kernel * columns.kernel * depth)


def lower_float_rows(view: OpView) -> LoweredOperator:
    """A dense layer: each row of the input is a pixel of a 1x1 convolution."""
    channels, depth = view.input(1).shape
    rows = view.input(0).elements // depth
    axes = window_axis(rows, 1, 1, 1, "VALID"), window_axis(1, 1, 1, 1, "VALID")
    windows = records.windows(*axes, batches=1, channels=(depth, channels))
    return _step(view, windows, 1, (depth, depth), macs=rows * channels * depth)


def _step(view: OpView, windows: Struct, groups: int, steps: tuple[int, int], *, macs: int) -> LoweredOperator:
    weights, bias = view.input(1).data, view.optional_input(2)
    assert weights is not None
    constants = [Constant("weights", weights.astype(np.float32), "as in the model")]
    if bias is not None and bias.data is not None:
        constants.append(Constant("bias", bias.data.reshape(-1).astype(np.float32), "[channel]"))
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=(call("aot_weighted_float32", Record(), Input(), Output()),),
        headers=("weighted_float32.h", "windows.h"),
        constants=tuple(constants),
        layer=records.record(
            "aot_weighted_float32_layer",
            windows=windows,
            weights=Table("weights"),
            bias=Table("bias") if len(constants) > 1 else 0,
            groups=groups,
            channel_step=steps[0],
            tap_step=steps[1],
            range=records.float_range(*numerics.ACTIVATION_BOUNDS[view.option("fused_activation_function")]),
        ),
        macs=macs,
        kernel="weighted_float32",
    )
