"""FULLY_CONNECTED on cores with the DSP extension: kernels/dsp/fully_connected.h."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Output, Record, Scratch, Table, call, cast_pointer
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.windows import window_axis
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.matrix_int16 import is_plain_int16, lower_int16, plan_requantization
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.packed_weights import depth_order, packed_row, packing_is_possible, row_requantization
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.requantization import Requantization, choose_row
from mcu_toolkit.runtimes.aot.ops.convolution.sums import sums_of
from mcu_toolkit.runtimes.aot.ops.convolution.weights import Weighted
from mcu_toolkit.runtimes.aot.ops.dense.int16_or_computed_weights import int8_dense, is_plain, weight_multipliers

HEADERS = ("dsp/fully_connected.h", "dsp/instructions.h")
_CHANNELS = 4
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


def plan_rows(layer: Weighted) -> Rows | None:
    """The constants of `layer` (weights: [channel][depth]), or None where the portable kernel has to do it."""
    channels, depth = layer.weights.shape
    order = depth_order(1, depth)
    padding = -(-channels // _CHANNELS) * _CHANNELS * 2 * len(order) - channels * depth
    if padding > _SMALL_PADDING_BYTES and padding > 0.03 * channels * depth:
        return None
    per_channel = len(layer.rescaling.multipliers) > 1
    sums = sums_of(layer)
    requantization = choose_row(sums, per_channel=per_channel)
    if requantization is None or not packing_is_possible(layer.weights, sums, requantization):
        return None
    return Rows(
        packed_row(layer.weights, order, layer.effective_bias, requantization, per_channel=per_channel),
        requantization,
        len(order),
        per_channel,
    )


def lower_rows(view: OpView, layer: Weighted, plan: Rows) -> LoweredOperator:
    """One call for all rows."""
    channels, depth = layer.weights.shape
    kind = "one_sided" if plan.requantization.kind == "one_sided_wide" else plan.requantization.kind
    function = f"aot_dsp_row_{kind}" + ("_per_channel" if plan.per_channel and kind != "clamped" else "")
    shared = (
        ()
        if plan.per_channel
        else (Constant("requantize", row_requantization(plan.requantization)[0], "rescaling of a pair of channels, the same for all"),)
    )
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=(call("aot_dsp_fully_connected", Record(), Input(), Output(), cast_pointer("aot_uint32 *", Scratch()), function),),
        headers=HEADERS,
        constants=(
            Constant(
                "packed",
                plan.packed,
                "[4 channels]: starts, weights as byte pairs; see kernels/dsp/fully_connected.h",
                weights_bytes=len(plan.packed) * _CHANNELS * 2 * plan.words,
            ),
            *shared,
        ),
        layer=records.record(
            "aot_dsp_fully_connected_layer",
            row=records.initialiser(
                packed=Table("packed"),
                steps=plan.words // 2,
                channels=channels,
                requantize=0 if plan.per_channel else Table("requantize"),
                range=records.value_range(layer.minimum, layer.maximum),
            ),
            rows=view.output.elements // channels,
            depth=depth,
        ),
        scratch_bytes=4 * plan.words,
        macs=view.output.elements * depth,
        kernel=f"dsp fully_connected {kind}{' per channel' if plan.per_channel else ''}",
    )


def _plan(view: OpView) -> tuple[Weighted, Rows] | None:
    layer = int8_dense(view)
    rows = None if layer is None else plan_rows(layer)
    return None if layer is None or rows is None else (layer, rows)


def _int16(view: OpView) -> LoweredOperator | None:
    """As a convolution of images of one pixel."""
    weights = view.input(1).data
    assert weights is not None
    requantization = plan_requantization(view, weights, weight_multipliers(view))
    channels, depth = weights.shape
    images, point = view.output.elements // channels, window_axis(1, 1, 1, 1, "VALID")
    return None if requantization is None else lower_int16(view, weights, requantization, point, point, images=images, depth=depth)


def _lower_fully_connected_dsp(view: OpView, _target: Target) -> LoweredOperator | None:
    """A row of lanes times 4 channels at a time, where the packed sums and a short way of rounding are exact and few channels have to
    be filled up; 16-bit activations as a convolution."""
    if is_plain_int16(view) and is_plain(view):
        return _int16(view)
    plan = _plan(view)
    return None if plan is None else lower_rows(view, *plan)


FULLY_CONNECTED_DSP = Operator(name="FULLY_CONNECTED", constraints=(), lower=_lower_fully_connected_dsp, instruction_set="dsp")
"""FULLY_CONNECTED on cores with the DSP extension, with one scale or one for each output channel."""


OPERATORS = (FULLY_CONNECTED_DSP,)
