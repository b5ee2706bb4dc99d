"""CONV_2D on cores with the DSP extension: kernels/dsp/conv_2d.h.

All kernels, strides and dilations; groups are left to the portable kernel.  A DEPTHWISE_CONV_2D of one channel is the same thing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Output, Record, Scratch, Struct, Table, call, cast_pointer
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LayerRecord, LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import KernelVariant, Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.windows import Axis
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.bytes import lower_byte_rows, lower_byte_windows
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.matrix_int16 import is_plain_int16, lower_int16, plan_requantization
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.one_window import lower_one_window, plan_one_window
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.packed_weights import computed_channels, depth_order, packed_matrix, packing_is_possible
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.requantization import Requantization, choose
from mcu_toolkit.runtimes.aot.ops.convolution.sums import constant_outputs, sums_of
from mcu_toolkit.runtimes.aot.ops.convolution.weights import Weighted, convolution_multipliers, int8_convolution
from mcu_toolkit.runtimes.aot.ops.convolution.windows import axes

HEADERS = (
    "dsp/add.h",
    "dsp/conv_2d.h",
    "dsp/expand.h",
    "dsp/instructions.h",
    "dsp/matrix.h",
    "dsp/window.h",
    "linear_add.h",
    "windows.h",
)
PIXELS = 3
"""AOT_DSP_MATRIX_PIXELS of kernels/dsp/expand.h."""


@dataclass(frozen=True, eq=False)
class Matrix:
    """A layer's weights as a matrix over windows."""

    packed: npt.NDArray[np.uint32]
    words: int
    """Of lanes a window: even."""
    requantization: Requantization
    first: int
    """The first channel in the packed weights."""
    constants: npt.NDArray[np.int8] | None
    """[channels]: outputs of channels that are not in the packed weights, because they do not depend on the input; None: all are there."""


def plan_matrix(layer: Weighted) -> Matrix | None:
    """The matrix of `layer` (weights: [output channel][kernel y][kernel x][depth]), or None where the portable kernel has to do it."""
    sums = sums_of(layer)
    requantization = choose(sums)
    channels, rows, columns, depth = layer.weights.shape
    flat = layer.weights.reshape(channels, -1)
    if requantization is None or not packing_is_possible(flat, sums, requantization):
        return None
    order = depth_order(rows, columns * depth)
    places = computed_channels(requantization.constant, flat.shape[1])
    constants = None if len(places) == channels else constant_outputs(sums, requantization.constant)
    packed = packed_matrix(flat[places], order, layer.effective_bias[places], requantization.of(places), places)
    return Matrix(packed, len(order), requantization, int(places[0]), constants)


def plan_convolution(view: OpView) -> tuple[Weighted, Matrix] | None:
    """Weights and matrix of a CONV_2D without groups; None where the portable kernel has to do it."""
    layer = int8_convolution(view) if view.input(0).shape[3] == view.input(1).shape[3] else None
    matrix = None if layer is None else plan_matrix(layer)
    return None if layer is None or matrix is None else (layer, matrix)


def lower_matrix(view: OpView, layer: Weighted, matrix: Matrix, rows: Axis, columns: Axis) -> LoweredOperator:
    """One call: of the 1x1 walk, or of that over windows."""
    pointwise = is_pointwise(rows, columns)
    function = f"aot_dsp_matrix_{matrix.requantization.kind}"
    walk = "aot_dsp_conv_2d_pointwise" if pointwise else "aot_dsp_conv_2d"
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=(call(walk, Record(), Input(), Output(), cast_pointer("aot_uint32 *", Scratch()), function),),
        headers=HEADERS,
        constants=matrix_constants(matrix),
        layer=_pointwise(view, layer, matrix) if pointwise else windows_record(view, layer, matrix, rows, columns),
        scratch_bytes=_scratch_bytes(layer, matrix, rows, columns, pointwise=pointwise),
        in_place=(0,) if pointwise else (),
        may_grow=pointwise,
        macs=view.output.elements * layer.weights[0].size,
        kernel=f"dsp conv_2d {rows.kernel}x{columns.kernel} {matrix.requantization.kind}",
    )


def matrix_constants(matrix: Matrix) -> tuple[Constant, ...]:
    """What aot_dsp_matrix points to."""
    comment = "[channel pair]: starts, weights as byte pairs, rescaling; see kernels/dsp/matrix.h"
    packed = Constant("packed", matrix.packed, comment, weights_bytes=4 * matrix.words * len(matrix.packed))
    if matrix.constants is None:
        return (packed,)
    return packed, Constant("constants", matrix.constants, "[channel]: outputs of channels that do not depend on the input")


def _window_bytes(layer: Weighted) -> int:
    return -(-int(layer.weights[0].size) // 4) * 4


def tile_offset_bytes(layer: Weighted, matrix: Matrix) -> int:
    """Where in the scratch memory of aot_dsp_conv_2d_add its tile of outputs lies, of PIXELS pixels."""
    return PIXELS * (4 * matrix.words + _window_bytes(layer))


def _scratch_bytes(layer: Weighted, matrix: Matrix, rows: Axis, columns: Axis, *, pointwise: bool) -> int:
    lanes = PIXELS * 4 * matrix.words
    assembled = not pointwise and (rows.has_border or columns.has_border or columns.dilation > 1)
    return lanes + (PIXELS * _window_bytes(layer) if assembled else 0)


def _matrix(layer: Weighted, matrix: Matrix) -> Struct:
    return records.initialiser(
        packed=Table("packed"),
        steps=matrix.words // 2,
        range=records.value_range(layer.minimum, layer.maximum),
        first=matrix.first,
        constants=0 if matrix.constants is None else Table("constants"),
    )


def _pointwise(view: OpView, layer: Weighted, matrix: Matrix) -> LayerRecord:
    channels = layer.weights.shape[3]
    return records.record(
        "aot_dsp_conv_2d_pointwise_layer",
        matrix=_matrix(layer, matrix),
        pixels=view.output.elements // layer.channels,
        input_channels=channels,
        output_channels=layer.channels,
        backwards=int(layer.channels > channels),
    )


def windows_record(view: OpView, layer: Weighted, matrix: Matrix, rows: Axis, columns: Axis) -> LayerRecord:
    """The aot_dsp_conv_2d_layer of a convolution."""
    batches, _, _, channels = view.input(0).shape
    return records.record(
        "aot_dsp_conv_2d_layer",
        matrix=_matrix(layer, matrix),
        windows=records.windows(rows, columns, batches=batches, channels=(channels, layer.channels)),
        inside=records.inside(rows, columns),
        input_zero_point=layer.input_zero_point,
        window_bytes=_window_bytes(layer),
    )


def _lower_conv_2d_dsp(view: OpView, _target: Target) -> LoweredOperator | None:
    """Windows of 3 pixels times pairs of channels, where the packed sums and one of the short ways of rounding are exact; else bytes as
    they lie, one window at a time."""
    if is_plain_int16(view):
        return _int16(view)
    layer = _ungrouped(view)
    return None if layer is None else lower_matrix_or_bytes(view, layer, *axes(view))


def _ungrouped(view: OpView) -> Weighted | None:
    return int8_convolution(view) if view.input(0).shape[3] == view.input(1).shape[3] else None


def lower_matrix_or_bytes(view: OpView, layer: Weighted, rows: Axis, columns: Axis) -> LoweredOperator | None:
    """A convolution without groups (`layer.weights`: [output channel][kernel y][kernel x][depth]); None where the portable kernel does
    better."""
    matrix = plan_matrix(layer)
    if matrix is not None:
        return lower_matrix(view, layer, matrix, rows, columns)
    return None if layer.weights[0].size < SHORT_WINDOW_BYTES else _lower_bytes(view, layer, rows, columns, in_place=True)


SHORT_WINDOW_BYTES = 96
"""Below that the rounding of an output costs more than bytes save. Instructions per MAC on the M4, bytes and the portable kernel: 3.0 and
2.4 with 64 inputs, 1.8 and 2.9 with 280."""


def _lower_bytes(view: OpView, layer: Weighted, rows: Axis, columns: Axis, *, in_place: bool) -> LoweredOperator:
    if is_pointwise(rows, columns):
        return lower_byte_rows(view, layer, in_place=in_place)
    return lower_byte_windows(view, layer, rows, columns)


def is_pointwise(rows: Axis, columns: Axis) -> bool:
    """A 1x1 kernel with stride 1: pixels are rows of a matrix where they lie."""
    return all((axis.kernel, axis.stride) == (1, 1) for axis in (rows, columns))


def _one_window(view: OpView, _target: Target) -> LoweredOperator | None:
    """A window at a time, where the default is three: less scratch memory."""
    layer = _ungrouped(view)
    plan = None if layer is None or plan_matrix(layer) is None else plan_one_window(layer)
    if plan is None or is_pointwise(*axes(view)):
        return None
    return lower_one_window(view, *plan, *axes(view))


def _bytes(view: OpView, _target: Target) -> LoweredOperator | None:
    """Bytes as they lie where the default is byte pairs: a window of scratch memory."""
    layer = _ungrouped(view)
    return None if layer is None or plan_matrix(layer) is None else _lower_bytes(view, layer, *axes(view), in_place=True)


def _bytes_apart(view: OpView, _target: Target) -> LoweredOperator | None:
    """A convolution 1x1 without scratch memory, whose output cannot take the place of its input."""
    layer = _ungrouped(view)
    return None if layer is None or not is_pointwise(*axes(view)) else _lower_bytes(view, layer, *axes(view), in_place=False)


def _int16(view: OpView) -> LoweredOperator | None:
    data, (images, _, _, depth) = view.input(1).data, view.input(0).shape
    assert data is not None
    if depth != data.shape[3]:
        return None
    weights = data.reshape(len(data), -1)
    requantization = plan_requantization(view, weights, convolution_multipliers(view, len(weights)))
    return None if requantization is None else lower_int16(view, weights, requantization, *axes(view), images=images, depth=depth)


CONV_2D_DSP = Operator(
    name="CONV_2D",
    constraints=(),
    lower=_lower_conv_2d_dsp,
    instruction_set="dsp",
    variants=(
        KernelVariant("one window", _one_window),
        KernelVariant("bytes", _bytes),
        KernelVariant("bytes apart", _bytes_apart),
    ),
)
"""CONV_2D on cores with the DSP extension: all kernels, strides and dilations; groups are left to the portable kernel."""


OPERATORS = (CONV_2D_DSP,)
