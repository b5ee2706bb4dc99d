"""The step of kernels/mve/fully_connected.h."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.ir.operator import Constant, LayerRecord, OpView, SharedFunction, Step
from mcu_toolkit.runtimes.aot.ops.convolution.mve.requantization import Kind, bias_groups, channel_groups, factors_initialiser
from mcu_toolkit.runtimes.aot.ops.convolution.weights import Weighted

HEADERS = ("mve/accesses.h", "mve/finish.h", "mve/fully_connected.h", "mve/instructions.h")
ROW_BLOCK = 48
"""AOT_MVE_ROW_BLOCK of kernels/mve/fully_connected.h."""
_HEADROOM = 8
"""Words before the sums, for the last six channels of fewer."""


def rows_step(view: OpView, layer: Weighted, kind: Kind) -> Step:
    """One call for all rows.  `layer.weights`: [channels][depth]."""
    channels, depth = layer.weights.shape
    per_channel = len(layer.rescaling.multipliers) > 1
    function = _function(kind, per_channel=per_channel)
    fields = {
        "weights": "${k_weights}",
        "factors": factors_initialiser(layer),
        "rows": view.output.elements // channels,
        "depth": depth,
        "channels": channels,
    }
    return Step(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=f"${{prefix}}_{function.name}(&${{layer}}, ${{in0}}, ${{out0}}, (int32_t *)(void *)${{scratch}});",
        headers=HEADERS,
        constants=(Constant("weights", layer.weights, "[channel][depth]"), channel_groups(layer) if per_channel else bias_groups(layer)),
        functions=(function,),
        layer=LayerRecord("aot_mve_fully_connected_layer", tuple((name, str(value)) for name, value in fields.items())),
        scratch_bytes=4 * (_HEADROOM + min(ROW_BLOCK, -(-channels // 8) * 8)),
        macs=view.output.elements * depth,
        kernel=f"mve fully_connected {kind}{' per channel' if per_channel else ''}",
    )


def _function(kind: Kind, *, per_channel: bool) -> SharedFunction:
    name = f"fully_connected_{kind}{'_per_channel' if per_channel else ''}"
    arguments = "const aot_mve_fully_connected_layer *layer, const int8_t *input, int8_t *output, int32_t *scratch"
    return SharedFunction(
        name,
        f"static void ${{prefix}}_{name}({arguments}) {{\n"
        f"    aot_mve_fully_connected(layer, input, output, scratch, /* per_channel */ {int(per_channel)}, AOT_MVE_{kind.upper()});\n"
        "}",
    )
