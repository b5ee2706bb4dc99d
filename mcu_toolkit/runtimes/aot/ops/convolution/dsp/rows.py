"""Weights as kernels/dsp/fully_connected.h reads them: rows of byte pairs, four channels at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import Struct, Table
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.packed_weights import depth_order, packed_row, packing_is_possible, row_requantization
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.requantization import Requantization, choose_row
from mcu_toolkit.runtimes.aot.ops.convolution.sums import sums_of
from mcu_toolkit.runtimes.aot.ops.convolution.weights import Weighted

CHANNELS = 4
"""At a time; missing ones are filled up with zeros."""
_SMALL_PADDING_BYTES = 640
"""Padding that no model notices; more than that must be less than 3 % of the weights."""


@dataclass(frozen=True, eq=False)
class Rows:
    """A layer's weights as the kernel reads them."""

    packed: npt.NDArray[np.uint32]
    requantization: Requantization
    words: int
    """Of lanes a row: even."""
    per_channel: bool

    @property
    def kind(self) -> str:
        """The way of rounding, as the kernel's functions are named."""
        return "one_sided" if self.requantization.kind == "one_sided_wide" else self.requantization.kind

    @property
    def function(self) -> str:
        """The kernel's function of a row."""
        return f"aot_dsp_row_{self.kind}" + ("_per_channel" if self.per_channel and self.kind != "clamped" else "")


def plan_rows(layer: Weighted) -> Rows | None:
    """The constants of `layer` (weights: [channel][depth]), or None where byte pairs are not exact or too much has to be filled up."""
    channels, depth = layer.weights.shape
    order = depth_order(1, depth)
    padding = -(-channels // CHANNELS) * CHANNELS * 2 * len(order) - channels * depth
    if padding > _SMALL_PADDING_BYTES and padding > 0.03 * channels * depth:
        return None
    per_channel = len(layer.rescaling.multipliers) > 1
    sums = sums_of(layer)
    requantization = choose_row(sums, per_channel=per_channel)
    if requantization is None or not packing_is_possible(layer.weights, sums, requantization):
        return None
    packed = packed_row(layer.weights, order, layer.effective_bias, requantization, per_channel=per_channel)
    return Rows(packed, requantization, len(order), per_channel)


def row_constants(plan: Rows) -> tuple[Constant, ...]:
    """What aot_dsp_row points to."""
    comment = "[4 channels]: starts, weights as byte pairs; see kernels/dsp/fully_connected.h"
    packed = Constant("packed", plan.packed, comment, weights_bytes=len(plan.packed) * CHANNELS * 2 * plan.words)
    if plan.per_channel:
        return (packed,)
    return packed, Constant("requantize", row_requantization(plan.requantization)[0], "rescaling of a pair of channels, the same for all")


def row_field(layer: Weighted, plan: Rows) -> Struct:
    """The C initialiser of an aot_dsp_row."""
    return records.initialiser(
        packed=Table("packed"),
        steps=plan.words // 2,
        channels=layer.channels,
        requantize=0 if plan.per_channel else Table("requantize"),
        range=records.value_range(layer.minimum, layer.maximum),
    )
