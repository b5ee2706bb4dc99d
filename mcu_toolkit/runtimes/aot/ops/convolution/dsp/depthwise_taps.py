"""The step of kernels/dsp/depthwise_taps.h: any window, stride and dilation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Output, Record, Scratch, Struct, Table, call
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.windows import Axis
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.requantization import Requantization, choose
from mcu_toolkit.runtimes.aot.ops.convolution.sums import sums_of
from mcu_toolkit.runtimes.aot.ops.convolution.weights import Weighted

HEADERS = (
    "dsp/depthwise_taps.h",
    "dsp/expand.h",
    "dsp/instructions.h",
    "dsp/matrix.h",
    "windows.h",
)
CHANNELS = 4
"""At a time."""
_POINTER_BYTES = 8
"""Of the largest machine that runs the code: the host, in tests."""


@dataclass(frozen=True, eq=False)
class Taps:
    """A layer that the kernel can do."""

    packed: npt.NDArray[np.uint32]
    tap_pairs: int
    requantization: Requantization


def plan_taps(layer: Weighted) -> Taps | None:
    """The constants of `layer` (weights: [channel][kernel y][kernel x][1]), or None where the portable kernel has to do it."""
    requantization = choose(sums_of(layer))
    if layer.channels < CHANNELS or requantization is None:
        return None
    flat = layer.weights.reshape(layer.channels, -1)
    groups = [min(first, layer.channels - CHANNELS) for first in range(0, layer.channels, CHANNELS)]
    packed = np.stack([_group(flat, layer, requantization, slice(base, base + CHANNELS)) for base in groups])
    return Taps(packed, (flat.shape[1] + 1) // 2, requantization)


def _group(flat: npt.NDArray[np.int8], layer: Weighted, requantization: Requantization, channels: slice) -> npt.NDArray[np.uint32]:
    """uint32: starts, weights, requantization of 4 channels, in the order of aot_dsp_depthwise_taps_layer.packed."""
    weights = flat[channels]
    if weights.shape[1] % 2:
        weights = np.concatenate([weights, np.zeros((CHANNELS, 1), np.int8)], axis=1)
    # [pair of channels][channel][pair of taps][tap] -> [pair of taps][pair of channels][tap][channel]: 4 bytes per word
    quads = weights.reshape(2, 2, -1, 2).transpose(2, 0, 3, 1)
    words = np.ascontiguousarray(quads).reshape(-1).view("<u4")
    start = requantization.starts(layer.effective_bias)[channels]
    ends = np.stack([requantization.multiplier[channels], requantization.round[channels]], axis=1).reshape(-1)
    shifts = sum(int(shift) << 8 * number for number, shift in enumerate(requantization.shift[channels]))
    values = np.concatenate([start, words.astype(np.int64), ends, [shifts]]) & 0xFFFFFFFF
    result: npt.NDArray[np.uint32] = values.astype(np.uint32)
    return result


def lower_taps(view: OpView, layer: Weighted, plan: Taps, rows: Axis, columns: Axis) -> LoweredOperator:
    """One call; layers with the same way of rounding share the products."""
    walk = walk_field(view, rows, columns, pixel_bytes=layer.channels, zero_point=layer.input_zero_point)
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=(
            call("aot_dsp_depthwise_taps", Record(), Input(), Output(), Scratch(), f"aot_dsp_depthwise_taps_{plan.requantization.kind}"),
        ),
        headers=HEADERS,
        constants=(
            Constant(
                "packed",
                plan.packed,
                "[4 channels]: starts, weights of tap pairs, rescaling; see kernels/dsp/depthwise_taps.h",
                weights_bytes=len(plan.packed) * CHANNELS * 2 * plan.tap_pairs,
            ),
        ),
        layer=records.record(
            "aot_dsp_depthwise_taps_layer",
            walk=walk,
            packed=Table("packed"),
            channels=layer.channels,
            range=records.value_range(layer.minimum, layer.maximum),
        ),
        scratch_bytes=walk_scratch_bytes(layer.channels, plan.tap_pairs),
        macs=view.output.elements * rows.kernel * columns.kernel,
        kernel=f"dsp depthwise_taps {rows.kernel}x{columns.kernel} {plan.requantization.kind}",
    )


def walk_scratch_bytes(pixel_bytes: int, tap_pairs: int) -> int:
    """A row of zero points, the table of taps and its end."""
    return -(-pixel_bytes // 8) * 8 + (2 * tap_pairs + 2) * _POINTER_BYTES


def walk_field(view: OpView, rows: Axis, columns: Axis, *, pixel_bytes: int, zero_point: int) -> Struct:
    """An aot_dsp_taps_walk."""
    channels = view.output.shape[3]
    return records.initialiser(
        windows=records.windows(rows, columns, batches=view.input(0).shape[0], channels=(channels, channels)),
        inside=records.inside(rows, columns),
        pixel_bytes=pixel_bytes,
        input_zero_point=zero_point,
        tap_pairs=(rows.kernel * columns.kernel + 1) // 2,
    )
