"""The step of kernels/dsp/fully_connected.h."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcu_toolkit.runtimes.aot.ir.operator import Constant, LayerRecord, OpView, Step
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.byte_pairs import depth_order
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.packed_weights import row_finish, row_stream, stream_is_possible
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.requantization import Finish, choose_row, sums_of
from mcu_toolkit.runtimes.aot.ops.convolution.weights import Weighted

HEADERS = ("dsp/fully_connected.h", "dsp/instructions.h")
_CHANNELS = 4
"""At a time; missing ones are filled up with zeros."""
_SMALL_PADDING_BYTES = 640
"""Padding that no model notices; more than that must be less than 3 % of the weights."""


@dataclass(frozen=True, eq=False)
class Rows:
    """A layer's weights as the kernel reads them."""

    stream: npt.NDArray[np.uint32]
    finish: Finish
    words: int
    """Of lanes a row: even."""
    per_channel: bool


def plan_rows(layer: Weighted) -> Rows | None:
    """The constants of `layer` (weights: [channel][depth]), or None where the portable kernel has to do it."""
    channels, depth = layer.weights.shape
    order = depth_order(1, depth)
    padding = -(-channels // _CHANNELS) * _CHANNELS * 2 * len(order) - channels * depth
    if padding > _SMALL_PADDING_BYTES and padding > 0.03 * channels * depth:
        return None
    per_channel = len(layer.rescaling.multipliers) > 1
    sums = sums_of(layer)
    finish = choose_row(sums, per_channel=per_channel)
    if finish is None or not stream_is_possible(layer.weights, sums, finish):
        return None
    return Rows(row_stream(layer.weights, order, layer.folded, finish, per_channel=per_channel), finish, len(order), per_channel)


def rows_step(view: OpView, layer: Weighted, plan: Rows) -> Step:
    """One call for all rows."""
    channels, depth = layer.weights.shape
    kind = "one_sided" if plan.finish.kind == "one_sided_wide" else plan.finish.kind
    function = f"aot_dsp_row_{kind}" + ("_per_channel" if plan.per_channel and kind != "clamped" else "")
    shared = (
        () if plan.per_channel else (Constant("finish", row_finish(plan.finish)[0], "rescaling of a pair of channels, the same for all"),)
    )
    return Step(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=f"aot_dsp_fully_connected(&${{layer}}, ${{in0}}, ${{out0}}, (uint32_t *)(void *)${{scratch}}, {function});",
        headers=HEADERS,
        constants=(
            Constant(
                "stream",
                plan.stream,
                "[4 channels]: starts, weights as byte pairs; see kernels/dsp/fully_connected.h",
                weights_bytes=len(plan.stream) * _CHANNELS * 2 * plan.words,
            ),
            *shared,
        ),
        layer=LayerRecord(
            "aot_dsp_fully_connected_layer",
            (
                (
                    "row",
                    f"{{${{k_stream}}, {plan.words // 2}, {channels}, {'0' if plan.per_channel else '${k_finish}'},"
                    f" {layer.minimum}, {layer.maximum}}}",
                ),
                ("rows", str(view.output.elements // channels)),
                ("depth", str(depth)),
            ),
        ),
        scratch_bytes=4 * plan.words,
        macs=view.output.elements * depth,
        kernel=f"dsp fully_connected {kind}{' per channel' if plan.per_channel else ''}",
    )
