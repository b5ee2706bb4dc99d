"""The steps of kernels/direct.h, window by window where they lie: CONV_2D (conv_2d.h), DEPTHWISE_CONV_2D (depthwise_conv_2d.h)."""

from __future__ import annotations

import dataclasses

from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import Cast, Expression, Input, Kernel, Labelled, Output, Record, Table, call
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LoweredOperator, SharedFunction
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.windows import Axis
from mcu_toolkit.runtimes.aot.ops.convolution.weights import Weighted


def lower_direct(view: OpView, layer: Weighted, rows: Axis, columns: Axis, *, groups: int) -> LoweredOperator:
    """A convolution (also a DEPTHWISE_CONV_2D of one channel, which is the same); `layer.weights`: [output channel][y][x][depth]."""
    batches = view.input(0).shape[0]
    if _is_pointwise(rows, columns):
        batches, rows, columns = 1, *_one_row(batches, rows, columns)
    contiguous = groups == 1 and columns.dilation == 1
    suffix, constant = "" if contiguous else "_scattered", Labelled("contiguous", int(contiguous))
    return _step(view, layer, rows, columns, kernel="conv_2d", suffix=suffix, constant=constant, batches=batches, groups=groups)


def lower_direct_depthwise(view: OpView, layer: Weighted, rows: Axis, columns: Axis) -> LoweredOperator:
    """A depthwise convolution; `layer.weights` is [output channel][kernel y][kernel x][1]."""
    batches, _, _, channels = view.input(0).shape
    multiplier = layer.channels // channels
    suffix, constant = "_multiplier" if multiplier > 1 else "", Labelled("single", int(multiplier == 1))
    return _step(view, layer, rows, columns, kernel="depthwise_conv_2d", suffix=suffix, constant=constant, batches=batches, groups=channels)


def _step(
    view: OpView, layer: Weighted, rows: Axis, columns: Axis, *, kernel: str, suffix: str, constant: Expression, batches: int, groups: int
) -> LoweredOperator:
    border = rows.has_border or columns.has_border
    name = f"{kernel}_{rows.kernel}x{columns.kernel}{suffix}{layer.suffix}"
    constants = (rows.kernel, columns.kernel, constant, layer.requantization)
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=(call(f"aot_{kernel}", Record(), Input(), Output(), Kernel(name)),),
        headers=(f"{kernel}.h", "direct.h", "windows.h"),
        constants=(
            Constant("weights", layer.weights, "[output channel][kernel y][kernel x][depth]"),
            *(layer.bias_constants if border else ()),
            *layer.constants,
        ),
        functions=(_function(kernel, name, *constants),),
        layer=records.record(
            "aot_direct_layer",
            windows=records.windows(rows, columns, batches=batches, channels=(view.input(0).shape[3], layer.channels)),
            inside=records.inside(rows, columns),
            weights=Table("weights"),
            # a bias computed at run time lies in the arena, so the field points to a type that may alias, which some compilers do not
            # take for int32_t (avr-gcc)
            bias=Cast("const aot_int32 *", Table("bias")) if border else 0,
            effective_bias=Table("effective_bias"),
            requantize=records.requantization(*layer.ends),
            group_channels=layer.channels // groups,
            input_zero_point=layer.input_zero_point,
        ),
        macs=view.output.elements * layer.weights[0].size,
        kernel=name,
    )


def _function(kernel: str, name: str, *constants: Expression) -> SharedFunction:
    """The function of a kernel class: the body `aot_<kernel>_inside` with its constants."""
    parameters = ("const aot_direct_layer *layer", "const int8_t *x0", "const int8_t *x1", "int8_t *out0", "int8_t *out1")
    return SharedFunction(name, parameters, (call(f"aot_{kernel}_inside", "layer", "x0", "x1", "out0", "out1", *constants),))


def _is_pointwise(rows: Axis, columns: Axis) -> bool:
    return all((axis.kernel, axis.stride) == (1, 1) for axis in (rows, columns))


def _one_row(batches: int, rows: Axis, columns: Axis) -> tuple[Axis, Axis]:
    pixels = batches * rows.input * columns.input
    row = dataclasses.replace(rows, input=1, output=1, dilation=1)
    return row, dataclasses.replace(columns, input=pixels, output=pixels, dilation=1)
