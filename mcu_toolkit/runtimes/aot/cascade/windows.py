"""Which operators can run on bands of rows, and which rows of their inputs a row of their output reads."""

from __future__ import annotations

from dataclasses import dataclass

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.windows import Axis
from mcu_toolkit.runtimes.aot.ops.convolution import windows as convolution
from mcu_toolkit.runtimes.aot.ops.pooling import pool_2d

_CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D")
_POOLS = ("AVERAGE_POOL_2D", "MAX_POOL_2D")
_BY_ELEMENT = frozenset(
    """
    ABS ADD ELU HARD_SWISH LEAKY_RELU LOGISTIC MAXIMUM MINIMUM MUL NEG QUANTIZE RELU RELU6 RELU_N1_TO_1 SQUARE SUB TANH
    """.split()  # noqa: SIM905 - reads better than quoted words
)
"""Operators whose outputs depend on the inputs' elements at the same place alone."""
_DTYPES = (DType.INT8, DType.INT16)


@dataclass(frozen=True)
class RowWindow:
    """Output row y reads the input's rows y * stride - pad .. + reach - 1."""

    reach: int
    stride: int
    pad: int
    inside: bool
    """No window reaches over the first or last row."""
    axis: Axis | None = None
    """Of windows; None for operators by element."""

    def ahead(self, rows: int) -> int:
        """Input rows that are there, from row 0 on, where `rows` output rows have been made."""
        return self.stride * rows + self.reach - self.stride - self.pad

    def band(self, rows: int) -> int:
        """Input rows that `rows` output rows read."""
        return (rows - 1) * self.stride + self.reach


_SAME_ROW = RowWindow(1, 1, 0, inside=True)


def row_window(view: OpView) -> RowWindow | None:
    """How the operator runs on bands of rows; None where it cannot: another one, several images, constant or broadcast inputs."""
    if view.operator in _BY_ELEMENT:
        inputs = [view.input(position) for position in range(len(view.op.inputs))]
        alike = all(not tensor.is_constant and tensor.shape == view.output.shape for tensor in inputs)
        return _SAME_ROW if alike and _is_one_image(view) else None
    if view.operator not in (*_CONVOLUTIONS, *_POOLS) or not _is_one_image(view):
        return None
    rows, _ = (convolution if view.operator in _CONVOLUTIONS else pool_2d).axes(view)
    if view.operator in _POOLS and rows.has_border:  # rows outside do not count, whatever they hold
        return None
    return RowWindow((rows.kernel - 1) * rows.dilation + 1, rows.stride, rows.pad, inside=not rows.has_border, axis=rows)


def row_inputs(view: OpView) -> tuple[int, ...]:
    """The tensors that are read row by row; an operator may read one twice."""
    return view.op.inputs if view.operator in _BY_ELEMENT else view.op.inputs[:1]


def _is_one_image(view: OpView) -> bool:
    tensors = (*(view.graph.tensors[index] for index in row_inputs(view)), view.output)
    one = len(view.op.outputs) == 1 and all(len(tensor.shape) == 4 and tensor.shape[0] == 1 for tensor in tensors)
    return one and all(tensor.dtype in _DTYPES and not tensor.is_variable and not tensor.is_constant for tensor in tensors)
