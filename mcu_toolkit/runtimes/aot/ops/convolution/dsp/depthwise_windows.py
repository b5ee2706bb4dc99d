"""The step of kernels/dsp/depthwise_windows.h: windows up to 7 wide, with strides and dilation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Kernel, Output, Record, Scratch, Table, call, cast_pointer
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LoweredOperator, MacroFunction
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.windows import Axis
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.requantization import Requantization, choose
from mcu_toolkit.runtimes.aot.ops.convolution.sums import sums_of
from mcu_toolkit.runtimes.aot.ops.convolution.weights import Weighted

HEADERS = ("dsp/depthwise_windows.h", "dsp/expand.h", "dsp/instructions.h", "dsp/matrix.h", "windows.h")
CHANNELS = 4
"""AOT_DSP_WINDOWS_CHANNELS: at a time."""
OUTPUTS = 4
"""AOT_DSP_WINDOWS_OUTPUTS: of a row at a time."""
WIDEST = 7
"""More words of weights than a window of this width has would not stay in registers."""
SCRATCH_LIMIT_BYTES = 4096
"""Bands are as high as this allows; a band is one row at least.  Twice as much saves 1 to 2 % of the instructions."""


@dataclass(frozen=True, eq=False)
class Windows:
    """A layer that the kernel can do."""

    requantization: Requantization
    band: int
    """Output rows at a time."""
    words: int
    """Of a row of pixels."""
    weight_words: int
    """Of a row of the window, for even or odd places."""
    scratch_bytes: int


def plan_windows(layer: Weighted, rows: Axis, columns: Axis) -> Windows | None:
    """How to do `layer` (weights: [channel][kernel y][kernel x][1]), or None where another kernel has to do it."""
    if layer.channels < CHANNELS or not 2 <= columns.kernel <= WIDEST or columns.stride > (2 if columns.dilation == 1 else 1):
        return None
    requantization = choose(sums_of(layer))
    if requantization is None:
        return None
    weight_words = columns.kernel // 2 + 1 if columns.stride == 1 else (columns.kernel + 1) // 2
    together = -(-columns.output // columns.dilation)
    quads = -(-together // OUTPUTS)
    # The last 4 outputs start with word 2 (stride 1) or 4 a quad and reach 1 (or 3) words further than their first one.
    words = 2 * columns.stride * (quads - 1) + weight_words + 2 * columns.stride - 1
    lanes = rows.kernel * (columns.kernel // 2 + 1) * 2
    band = rows.output
    while band > 1 and _scratch_bytes(rows, band, words, lanes) > SCRATCH_LIMIT_BYTES:
        band -= 1
    return Windows(requantization, band, words, weight_words, _scratch_bytes(rows, band, words, lanes))


def _scratch_bytes(rows: Axis, band: int, words: int, lanes: int) -> int:
    height = (band - 1) * rows.stride + (rows.kernel - 1) * rows.dilation + 1
    return 4 * (lanes + height * words * CHANNELS)


def _records(layer: Weighted, requantization: Requantization) -> npt.NDArray[np.int32]:
    """int32 [channels, 4]: aot_dsp_windows_channel."""
    start = requantization.starts(layer.effective_bias)
    columns = np.stack([start, requantization.multiplier, requantization.round, requantization.shift], axis=1)
    return (columns & 0xFFFFFFFF).astype(np.uint32).view(np.int32)


def lower_windows(view: OpView, layer: Weighted, plan: Windows, rows: Axis, columns: Axis) -> LoweredOperator:
    """One call; layers with equally wide windows, the same stride along x and the same way of rounding share the products."""
    function = _function(plan, columns)
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=(
            call("aot_dsp_depthwise_windows", Record(), Input(), Output(), cast_pointer("aot_uint32 *", Scratch()), Kernel(function.name)),
        ),
        headers=HEADERS,
        constants=(
            Constant("weights", layer.weights, "[channel][kernel y][kernel x]"),
            Constant("records", _records(layer, plan.requantization), "[channel]: start, multiplier, round, shift"),
        ),
        functions=(function,),
        layer=records.record(
            "aot_dsp_depthwise_windows_layer",
            windows=records.windows(rows, columns, batches=view.input(0).shape[0], channels=(layer.channels, layer.channels)),
            records=cast_pointer("const aot_dsp_windows_channel *", Table("records")),
            weights=Table("weights"),
            range=records.value_range(layer.minimum, layer.maximum),
            input_zero_point=layer.input_zero_point,
            band=plan.band,
            words=plan.words,
        ),
        scratch_bytes=plan.scratch_bytes,
        macs=view.output.elements * rows.kernel * columns.kernel,
        kernel=f"dsp {function.name}",
    )


def _function(plan: Windows, columns: Axis) -> MacroFunction:
    name = f"depthwise_windows_{plan.weight_words}_stride_{columns.stride}_{plan.requantization.kind}"
    constants = (plan.weight_words, columns.stride, f"AOT_DSP_{plan.requantization.kind.upper()}")
    return MacroFunction(name, "AOT_DSP_DEPTHWISE_WINDOWS", constants)
