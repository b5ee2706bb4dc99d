"""RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR, in the arithmetic of TFLM's reference kernels.

Sources: tensorflow/lite/kernels/internal/reference/resize_nearest_neighbor.h and resize_bilinear.h.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import Expression, Input, Labelled, Output, Record, Table, call
from mcu_toolkit.runtimes.aot.ir.constant_parameters import constant_values, data_is, length_finding, output_shape_is, parameter
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors, input_has_rank
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LoweredOperator
from mcu_toolkit.runtimes.aot.ir.numerics import round_half_away
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Constraint, Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target

_SIZE = 1


@dataclass(frozen=True)
class Tap:
    """The two inputs that an output lies between along one axis, and the weight of the upper one."""

    low: int
    high: int
    weight: float


@dataclass(frozen=True)
class Scaling:
    """One axis: sizes and how outputs are laid over inputs."""

    input: int
    output: int
    align_corners: bool
    half_pixel_centers: bool

    @property
    def _spans(self) -> tuple[int, int]:
        """What the input's and the output's length are taken to be."""
        return (self.input - 1, self.output - 1) if self.align_corners and self.output > 1 else (self.input, self.output)

    def nearest(self) -> list[int]:
        """The input nearest to each output; float32 throughout."""
        span, parts = self._spans
        scale = np.float32(span) / np.float32(parts)
        shift = np.float32(0.5 if self.half_pixel_centers else 0)
        places = [float((np.float32(index) + shift) * scale) for index in range(self.output)]
        return [min(round_half_away(place) if self.align_corners else math.floor(place), self.input - 1) for place in places]

    def integer_taps(self) -> list[Tap]:
        """Neighbours for int8; weights in 1/1024."""
        span, parts = self._spans
        scale = (1024 * span + parts // 2) // parts
        taps = []
        for index in range(self.output):
            place = index * scale + (scale // 2 - 512 if self.half_pixel_centers else 0)
            low = max(place, 0) // 1024
            taps.append(Tap(low, min(-(-place // 1024), self.input - 1), place - 1024 * low))
        return [Tap(tap.low, max(tap.high, 0), tap.weight) for tap in taps]

    def float_taps(self) -> list[Tap]:
        """Neighbours for float32, weights too."""
        span, parts = self._spans
        scale, half = np.float32(span) / np.float32(parts), np.float32(0.5)
        taps = []
        for index in range(self.output):
            place = (np.float32(index) + half) * scale - half if self.half_pixel_centers else np.float32(index) * scale
            low = max(math.floor(place), 0)
            taps.append(Tap(low, min(math.ceil(place), self.input - 1), float(place - np.float32(low))))
        return taps


def scalings(view: OpView) -> tuple[Scaling, Scaling]:
    """Rows and columns."""
    flags = view.option("align_corners"), view.option("half_pixel_centers")
    _, height, width, _ = view.input(0).shape
    _, out_height, out_width, _ = view.output.shape
    return Scaling(height, out_height, *flags), Scaling(width, out_width, *flags)


def size_is_given(view: OpView) -> Finding | None:
    """the size is two numbers: height and width"""
    return length_finding(view, _SIZE, "the size", 2)


def shapes_agree(view: OpView) -> Finding | None:
    """the output is the input in the new size"""
    batches, _, _, channels = view.input(0).shape
    return output_shape_is(view, (batches, *constant_values(view, _SIZE), channels))


def resize_constraints(*dtypes: DType) -> tuple[Constraint, ...]:
    """What both operators ask for."""
    size = (*parameter(_SIZE, "size"), size_is_given, shapes_agree)
    return (has_tensors((2,)), *COMMON, data_is(0, *dtypes), input_has_rank(0, "input", 4), *size)


def lower_resize(view: OpView, kernel: str, tables: tuple[Constant, ...], *more: Expression) -> LoweredOperator:
    """A call of `aot_<kernel>`: the record, `tables`, input and output, `more`."""
    batches, height, width, channels = view.input(0).shape
    _, out_height, out_width, _ = view.output.shape
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=(call(f"aot_{kernel}", Record(), *(Table(table.what) for table in tables), Input(), Output(), *more),),
        headers=("resize.h",),
        constants=tables,
        layer=records.record(
            "aot_resize_layer",
            batches=batches,
            input_elements=height * width * channels,
            output_height=out_height,
            output_width=out_width,
            channels=channels,
        ),
        kernel=kernel,
    )


def one_flag_is_set(view: OpView) -> Finding | None:
    """align_corners and half_pixel_centers are not both set"""
    if view.option("align_corners") and view.option("half_pixel_centers"):
        return Finding("both are", "set half_pixel_centers alone, as current TensorFlow does")
    return None


def neighbours_exist(view: OpView) -> Finding | None:
    """the factor, which integers round to 1/1024, leads no output beyond the input's last row or column"""
    for axis in scalings(view):
        taps = axis.float_taps() if view.input(0).dtype is DType.FLOAT32 else axis.integer_taps()
        if max(tap.low for tap in taps) >= axis.input:
            return Finding(f"{axis.input} to {axis.output}", "resize in two steps, or set half_pixel_centers", view.output)
    return None


def _table(what: str, taps: Sequence[Tap], step: int, *, weights: bool) -> Constant:
    rows = [(tap.low * step, tap.high * step, *([int(tap.weight)] if weights else [])) for tap in taps]
    comment = "lower and upper neighbour" + (", weight of the upper one in 1/1024" if weights else "")
    return Constant(what, np.array(rows, np.int32), comment)


def _lower_resize_bilinear(view: OpView, _target: Target) -> LoweredOperator:
    """Tables of neighbours and weights for rows and columns."""
    _, _, width, channels = view.input(0).shape
    rows, columns = scalings(view)
    is_float = view.input(0).dtype is DType.FLOAT32
    sides = {"rows": (rows, width * channels), "columns": (columns, channels)}
    taps = {what: axis.float_taps() if is_float else axis.integer_taps() for what, (axis, _) in sides.items()}
    tables = [_table(what, taps[what], step, weights=not is_float) for what, (_, step) in sides.items()]
    if is_float:
        weights = {what: np.array([tap.weight for tap in found], np.float32) for what, found in taps.items()}
        tables += [Constant(f"{what}_weights", array, "of upper neighbours") for what, array in weights.items()]
    return lower_resize(view, f"resize_bilinear_{view.input(0).dtype.name.lower()}", tuple(tables))


RESIZE_BILINEAR = Operator(
    name="RESIZE_BILINEAR",
    constraints=(*resize_constraints(DType.INT8, DType.INT16, DType.FLOAT32), one_flag_is_set, neighbours_exist),
    lower=_lower_resize_bilinear,
)
"""RESIZE_BILINEAR: every output pixel is a mixture of four input pixels.

TFLM does not have int16, which the converter emits; LiteRT is the golden there."""


def _lower_resize_nearest_neighbor(view: OpView, _target: Target) -> LoweredOperator:
    """Two tables of where input rows, and pixels in a row, start."""
    _, _, width, channels = view.input(0).shape
    rows, columns = scalings(view)
    tables = (
        Constant("rows", np.array(rows.nearest(), np.int32) * width * channels, "where the row of each output row starts"),
        Constant("columns", np.array(columns.nearest(), np.int32) * channels, "where the pixel of each output pixel starts"),
    )
    return lower_resize(view, "resize_nearest", tables, Labelled("bytes", view.output.dtype.itemsize_bytes))


RESIZE_NEAREST_NEIGHBOR = Operator(
    name="RESIZE_NEAREST_NEIGHBOR",
    constraints=resize_constraints(DType.INT8, DType.INT16, DType.FLOAT32),
    lower=_lower_resize_nearest_neighbor,
)
"""RESIZE_NEAREST_NEIGHBOR: every output pixel is a copy of the nearest input pixel."""


OPERATORS = (RESIZE_BILINEAR, RESIZE_NEAREST_NEIGHBOR)
