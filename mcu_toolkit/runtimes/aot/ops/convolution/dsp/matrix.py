"""The step of kernels/dsp/conv_2d.h: for CONV_2D, and for a DEPTHWISE_CONV_2D of one channel, which is the same thing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.operator import Constant, LayerRecord, OpView, Step
from mcu_toolkit.runtimes.aot.ir.windows import Axis
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.byte_pairs import depth_order
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.packed_weights import computed_channels, matrix_stream, stream_is_possible
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.requantization import Finish, choose, constant_outputs, sums_of
from mcu_toolkit.runtimes.aot.ops.convolution.weights import Weighted, convolution_multipliers, is_plain_int8, prepare
from mcu_toolkit.runtimes.aot.ops.convolution.window_layer import windows_field

HEADERS = ("dsp/add.h", "dsp/conv_2d.h", "dsp/expand.h", "dsp/instructions.h", "dsp/matrix.h", "windows.h")
PIXELS = 3
"""AOT_DSP_MATRIX_PIXELS of kernels/dsp/expand.h."""


@dataclass(frozen=True, eq=False)
class Matrix:
    """A layer's weights as a matrix over windows."""

    stream: npt.NDArray[np.uint32]
    words: int
    """Of lanes a window: even."""
    finish: Finish
    first: int
    """The first channel in the stream."""
    constants: npt.NDArray[np.int8] | None
    """[channels]: outputs of channels that are not in the stream, because they do not depend on the input; None: all are in it."""


def plan_matrix(layer: Weighted) -> Matrix | None:
    """The matrix of `layer` (weights: [output channel][kernel y][kernel x][depth]), or None where the portable kernel has to do it."""
    sums = sums_of(layer)
    finish = choose(sums)
    channels, rows, columns, depth = layer.weights.shape
    flat = layer.weights.reshape(channels, -1)
    if finish is None or not stream_is_possible(flat, sums, finish):
        return None
    order = depth_order(rows, columns * depth)
    places = computed_channels(finish.constant, flat.shape[1])
    constants = None if len(places) == channels else constant_outputs(sums, finish.constant)
    stream = matrix_stream(flat[places], order, layer.folded[places], finish.of(places), places)
    return Matrix(stream, len(order), finish, int(places[0]), constants)


def plan_convolution(view: OpView) -> tuple[Weighted, Matrix] | None:
    """Weights and matrix of a CONV_2D without groups; None where the portable kernel has to do it."""
    weights = view.input(1)
    if not is_plain_int8(view) or weights.dtype is not DType.INT8 or view.input(0).shape[3] != weights.shape[3]:
        return None
    assert weights.data is not None
    layer = prepare(view, weights.data, convolution_multipliers(view, len(weights.data)))
    matrix = plan_matrix(layer)
    return None if matrix is None else (layer, matrix)


def matrix_step(view: OpView, layer: Weighted, matrix: Matrix, rows: Axis, columns: Axis) -> Step:
    """One call: of the 1x1 walk, or of that over windows."""
    points = all((axis.kernel, axis.stride) == (1, 1) for axis in (rows, columns))
    function = f"aot_dsp_matrix_{matrix.finish.kind}"
    walk = "aot_dsp_conv_2d_points" if points else "aot_dsp_conv_2d"
    return Step(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=f"{walk}(&${{layer}}, ${{in0}}, ${{out0}}, (uint32_t *)(void *)${{scratch}}, {function});",
        headers=HEADERS,
        constants=matrix_constants(matrix),
        layer=_points(view, layer, matrix) if points else windows_record(view, layer, matrix, rows, columns),
        scratch_bytes=_scratch_bytes(layer, matrix, rows, columns, points=points),
        in_place=(0,) if points else (),
        may_grow=points,
        macs=view.output.elements * layer.weights[0].size,
        kernel=f"dsp conv_2d {rows.kernel}x{columns.kernel} {matrix.finish.kind}",
    )


def matrix_constants(matrix: Matrix) -> tuple[Constant, ...]:
    """What aot_dsp_matrix points to."""
    comment = "[channel pair]: starts, weights as byte pairs, rescaling; see kernels/dsp/matrix.h"
    stream = Constant("stream", matrix.stream, comment, weights_bytes=4 * matrix.words * len(matrix.stream))
    if matrix.constants is None:
        return (stream,)
    return stream, Constant("constants", matrix.constants, "[channel]: outputs of channels that do not depend on the input")


def _window_bytes(layer: Weighted) -> int:
    return -(-int(layer.weights[0].size) // 4) * 4


def tile_offset_bytes(layer: Weighted, matrix: Matrix) -> int:
    """Where in the scratch memory of aot_dsp_conv_2d_add its tile of outputs lies, of PIXELS pixels."""
    return PIXELS * (4 * matrix.words + _window_bytes(layer))


def _scratch_bytes(layer: Weighted, matrix: Matrix, rows: Axis, columns: Axis, *, points: bool) -> int:
    lanes = PIXELS * 4 * matrix.words
    assembled = not points and (rows.has_border or columns.has_border or columns.dilation > 1)
    return lanes + (PIXELS * _window_bytes(layer) if assembled else 0)


def _matrix_field(layer: Weighted, matrix: Matrix) -> tuple[str, str]:
    constants = "0" if matrix.constants is None else "${k_constants}"
    return "matrix", f"{{${{k_stream}}, {matrix.words // 2}, {layer.minimum}, {layer.maximum}, {matrix.first}, {constants}}}"


def _points(view: OpView, layer: Weighted, matrix: Matrix) -> LayerRecord:
    batches, height, width, channels = view.input(0).shape
    return LayerRecord(
        "aot_dsp_conv_2d_points_layer",
        (
            _matrix_field(layer, matrix),
            ("pixels", str(batches * height * width)),
            ("input_channels", str(channels)),
            ("output_channels", str(layer.channels)),
            ("backwards", str(int(layer.channels > channels))),
        ),
    )


def windows_record(view: OpView, layer: Weighted, matrix: Matrix, rows: Axis, columns: Axis) -> LayerRecord:
    """The aot_dsp_conv_2d_layer of a convolution."""
    batches, _, _, channels = view.input(0).shape
    return LayerRecord(
        "aot_dsp_conv_2d_layer",
        (
            _matrix_field(layer, matrix),
            ("windows", windows_field(rows, columns, batches=batches, channels=(channels, layer.channels))),
            ("input_zero_point", str(layer.input_zero_point)),
            ("window_bytes", str(_window_bytes(layer))),
        ),
    )
