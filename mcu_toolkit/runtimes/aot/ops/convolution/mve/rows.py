"""The step of kernels/mve/fully_connected.h: one row of inputs at a time, for dense layers and 1x1 convolutions."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Kernel, Labelled, Output, Record, Scratch, Table, call, cast_pointer
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LoweredOperator, SharedFunction
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ops.convolution.mve.requantization import Kind, bias_groups, channel_groups, factors_initialiser
from mcu_toolkit.runtimes.aot.ops.convolution.weights import Weighted

HEADERS = ("mve/accesses.h", "mve/requantize.h", "mve/fully_connected.h", "mve/instructions.h")
ROW_BLOCK = 48
"""AOT_MVE_ROW_BLOCK of kernels/mve/fully_connected.h."""
_HEADROOM = 8
"""Words before the sums, for the last six channels of fewer."""


def lower_rows(view: OpView, layer: Weighted, kind: Kind) -> LoweredOperator:
    """One call for all rows.  `layer.weights`: [channels][depth]."""
    channels, depth = layer.weights.shape
    per_channel = len(layer.rescaling.multipliers) > 1
    function = _function(kind, per_channel=per_channel)
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=(call(Kernel(function.name), Record(), Input(), Output(), cast_pointer("aot_int32 *", Scratch())),),
        headers=HEADERS,
        constants=(Constant("weights", layer.weights, "[channel][depth]"), channel_groups(layer) if per_channel else bias_groups(layer)),
        functions=(function,),
        layer=records.record(
            "aot_mve_fully_connected_layer",
            weights=Table("weights"),
            factors=factors_initialiser(layer),
            rows=view.output.elements // channels,
            depth=depth,
            channels=channels,
        ),
        scratch_bytes=4 * (_HEADROOM + min(ROW_BLOCK, -(-channels // 8) * 8)),
        macs=view.output.elements * depth,
        kernel=f"mve fully_connected {kind}{' per channel' if per_channel else ''}",
    )


def _function(kind: Kind, *, per_channel: bool) -> SharedFunction:
    name = f"fully_connected_{kind}{'_per_channel' if per_channel else ''}"
    parameters = ("const aot_mve_fully_connected_layer *layer", "const int8_t *input", "int8_t *output", "aot_int32 *scratch")
    constants = (Labelled("per_channel", int(per_channel)), f"AOT_MVE_{kind.upper()}")
    return SharedFunction(name, parameters, (call("aot_mve_fully_connected", "layer", "input", "output", "scratch", *constants),))
