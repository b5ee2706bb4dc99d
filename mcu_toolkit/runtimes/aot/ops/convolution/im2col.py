"""The step of kernels/conv_2d_im2col.h: for CONV_2D without groups, and for a DEPTHWISE_CONV_2D of one channel."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import (
    Input,
    Kernel,
    Labelled,
    Output,
    Record,
    Scratch,
    Struct,
    Table,
    call,
    flags,
)
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LayerRecord, LoweredOperator, SharedFunction
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.windows import Axis
from mcu_toolkit.runtimes.aot.ops.convolution.short_requantization import HighPart, plan_requantization, requantization_field
from mcu_toolkit.runtimes.aot.ops.convolution.weights import Weighted, in_blocks

_PIXELS = 4
"""AOT_IM2COL_PIXELS of kernels/conv_2d_im2col.h.  Those left over go one by one."""
_STEP = 4
"""AOT_IM2COL_STEP of kernels/im2col.h."""
_HEADERS = ("conv_2d_im2col.h", "im2col.h", "windows.h")


def lower_im2col(view: OpView, layer: Weighted, rows: Axis, columns: Axis, target: Target) -> LoweredOperator:
    """A convolution, by im2col of four pixels and (those left over, or where there is no memory for more) of one.

    `layer.weights` is [output channel][kernel y][kernel x][input channel].
    """
    pointwise = all((axis.kernel, axis.stride) == (1, 1) for axis in (rows, columns))
    depth, pixels = layer.weights[0].size, view.output.elements // layer.channels
    requantization, at_a_time = plan_requantization(layer), channels_at_a_time(layer.channels, target)
    several = target.im2col_pixels == _PIXELS and pixels >= _PIXELS
    functions = [
        _function(requantization, at_a_time, size, rest=layer.channels % at_a_time > 0) if needed else None
        for size, needed in ((_PIXELS, several), (1, not several or pixels % _PIXELS > 0))
    ]
    names = (0 if function is None else Kernel(function.name) for function in functions)
    walk = "pointwise" if pointwise else "im2col"
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=(call(f"aot_conv_2d_{walk}", Record(), Input(), Output(), Scratch(), *names),),
        headers=_HEADERS,
        constants=(_weights(requantization.weights.reshape(layer.channels, -1), at_a_time), *requantization.constants),
        functions=tuple(function for function in functions if function is not None),
        layer=_pointwise(view, layer) if pointwise else _windows(view, layer, rows, columns),
        scratch_bytes=(_PIXELS if several else 1) * -(-depth // _STEP) * _STEP,
        in_place=(0,) if pointwise else (),
        may_grow=pointwise,
        macs=view.output.elements * depth,
        kernel=(
            f"conv_2d {rows.kernel}x{columns.kernel} im2col {_PIXELS if several else 1}x{at_a_time}"
            f"{requantization.suffix.replace('_', ' ')}"
        ),
    )


def channels_at_a_time(channels: int, target: Target) -> int:
    """The block with the fewest instructions for all `channels`; those that are left over go one by one."""
    alone = target.channel_costs[1]
    costs = {size: cost * (channels // size * size) + alone * (channels % size) for size, cost in target.channel_costs.items()}
    return min(costs, key=lambda size: (costs[size], size))


def _weights(flat: npt.NDArray[np.int8], at_a_time: int) -> Constant:
    """`flat`: int8 [channels, depth]."""
    behind = np.zeros((-flat.shape[1] % _STEP) * at_a_time, np.int8)
    return Constant("weights", np.concatenate([in_blocks(flat, at_a_time), behind]), "in blocks; see kernels/im2col.h")


def _function(requantization: HighPart, at_a_time: int, pixels: int, *, rest: bool) -> SharedFunction:
    name = f"im2col_{pixels}x{at_a_time}{'_rest' if rest else ''}{requantization.suffix}"
    constants = (Labelled("pixels", pixels), Labelled("channels", at_a_time), flags(*requantization.kind), Labelled("rest", int(rest)))
    parameters = ("const aot_im2col_layer *layer", "const uint8_t *im2col", "int8_t *output")
    return SharedFunction(name, parameters, (call("aot_im2col_multiply", "layer", "im2col", "output", *constants),))


def _im2col(layer: Weighted) -> Struct:
    return records.initialiser(
        weights=Table("weights"), depth=layer.weights[0].size, output_channels=layer.channels, requantize=requantization_field(layer)
    )


def _pointwise(view: OpView, layer: Weighted) -> LayerRecord:
    return records.record(
        "aot_conv_2d_pointwise_layer",
        im2col=_im2col(layer),
        pixels=view.output.elements // layer.channels,
        backwards=int(layer.channels > view.input(0).shape[3]),
    )


def _windows(view: OpView, layer: Weighted, rows: Axis, columns: Axis) -> LayerRecord:
    batches, _, _, channels = view.input(0).shape
    return records.record(
        "aot_conv_2d_im2col_layer",
        im2col=_im2col(layer),
        windows=records.windows(rows, columns, batches=batches, channels=(channels, layer.channels)),
        input_zero_point=layer.input_zero_point,
    )
