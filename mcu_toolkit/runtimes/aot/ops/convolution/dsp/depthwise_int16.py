"""The step of kernels/dsp/depthwise_taps_int16.h: 16-bit activations, any window."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Output, Record, Scratch, Table, call
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.windows import Axis
from mcu_toolkit.runtimes.aot.ops.convolution.dsp import depthwise_taps
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.depthwise_taps import walk_field, walk_scratch_bytes
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.matrix_int16 import Requantization16, packed_int16, plan_requantization
from mcu_toolkit.runtimes.aot.ops.convolution.weights_int16 import activation_range_16

HEADERS = ("dsp/conv_2d_int16.h", "dsp/depthwise_taps_int16.h", *depthwise_taps.HEADERS)
CHANNELS = 2
"""At a time."""


def lower_depthwise_int16(
    view: OpView, weights: npt.NDArray[np.int8], multipliers: list[float], rows: Axis, columns: Axis
) -> LoweredOperator | None:
    """One call; None where the portable kernel has to do it.  `weights`: int8 [channels, taps]."""
    requantization = plan_requantization(view, weights, multipliers)
    channels, taps = weights.shape
    if requantization is None or channels < CHANNELS:
        return None
    walk = walk_field(view, rows, columns, pixel_bytes=2 * channels, zero_point=0)
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=(call("aot_dsp_depthwise_int16", Record(), Input(), Output(), Scratch()),),
        headers=HEADERS,
        constants=(
            Constant(
                "packed",
                _packed(weights, requantization),
                "[channel pair]: starts, weights of tap pairs, factors; see depthwise_taps_int16.h",
                weights_bytes=2 * ((taps + 1) // 2) * (channels + channels % CHANNELS),
            ),
        ),
        layer=records.record(
            "aot_dsp_depthwise_int16_layer",
            walk=walk,
            packed=Table("packed"),
            channels=channels,
            range=records.value_range(*activation_range_16(view)),
        ),
        scratch_bytes=walk_scratch_bytes(2 * channels, (taps + 1) // 2),
        macs=view.output.elements * taps,
        kernel=f"dsp depthwise_taps int16 {rows.kernel}x{columns.kernel}",
    )


def _packed(weights: npt.NDArray[np.int8], requantization: Requantization16) -> npt.NDArray[np.uint32]:
    """As conv_2d_int16's, with taps for inputs; an odd last channel is paired with the one before it."""
    order = np.arange(len(weights))
    if len(order) % 2:
        order = np.concatenate([order[:-1], order[-2:]])
    return packed_int16(weights[order], Requantization16(requantization.start[order], requantization.factor[order]))
