"""Records of layers: the C types that all kernels share (kernels/aot.h, kernels/windows.h), whatever their instruction set.

Initialisers name every member, nested ones too, so that a reordered member cannot compile silently.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from mcu_toolkit.runtimes.aot.ir.c_text import c_float, c_integer
from mcu_toolkit.runtimes.aot.ir.c_tree import Expression, Fields, Struct, Table, Values, flags
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LayerRecord
from mcu_toolkit.runtimes.aot.ir.windows import Axis


def record(c_type: str, **members: Expression) -> LayerRecord:
    """The struct `c_type`; members in its order."""
    return LayerRecord(c_type, _named(members))


def initialiser(**members: Expression) -> Struct:
    """A struct within a record: `{.multiplier = 3, .shift = -1}`."""
    return Struct(_named(members))


def _named(members: Mapping[str, Expression]) -> Fields:
    return tuple((name, c_integer(value) if isinstance(value, int) else value) for name, value in members.items())


def nested(inner: LayerRecord) -> Struct:
    """A whole record within another one."""
    return Struct(inner.fields)


def array(values: Iterable[Expression]) -> Values:
    """An array within a record."""
    return Values(tuple(values))


def factor(multiplier: int, shift: int) -> Struct:
    """An `aot_factor`: multiplier / 2^31 * 2^shift."""
    return initialiser(multiplier=multiplier, shift=shift)


def value_range(low: int, high: int) -> Struct:
    """An `aot_range`: the values that outputs may have."""
    return initialiser(minimum=low, maximum=high)


def float_range(low: float | None, high: float | None) -> Struct:
    """An `aot_float_range`; None: as far as floats go."""
    limit = float(np.finfo(np.float32).max)
    return initialiser(minimum=c_float(-limit if low is None else low), maximum=c_float(limit if high is None else high))


def output(zero_point: int, low: int, high: int) -> Struct:
    """An `aot_output`."""
    return initialiser(zero_point=zero_point, range=value_range(low, high))


def requantization(zero_point: int, low: int, high: int) -> Struct:
    """An `aot_requantization` with the constants `multiplier` and `shift`."""
    return initialiser(multiplier=Table("multiplier"), shift=Table("shift"), output=output(zero_point, low, high))


def requantize_flags(*, fast: bool, minimum: int, maximum: int) -> Expression:
    """The constants of kernels/aot.h that say how sums become outputs."""
    names = (["AOT_SHORT_ROUNDING"] if fast else []) + (["AOT_WHOLE_RANGE"] if (minimum, maximum) == (-128, 127) else [])
    return flags(*names)


def requantize_suffix(*, fast: bool, minimum: int, maximum: int) -> str:
    """The same in the name of a kernel class; nothing for the usual case."""
    return ("" if fast else "_wide") + ("" if (minimum, maximum) == (-128, 127) else "_clamped")


def windows(rows: Axis, columns: Axis, *, batches: int, channels: tuple[int, int]) -> Struct:
    """An `aot_windows`; `channels`: of input and output."""
    return initialiser(
        batches=batches,
        input_height=rows.input,
        input_width=columns.input,
        input_channels=channels[0],
        output_height=rows.output,
        output_width=columns.output,
        output_channels=channels[1],
        kernel_height=rows.kernel,
        kernel_width=columns.kernel,
        stride_y=rows.stride,
        stride_x=columns.stride,
        dilation_y=rows.dilation,
        dilation_x=columns.dilation,
        pad_top=rows.pad,
        pad_left=columns.pad,
    )


def inside(rows: Axis, columns: Axis) -> Struct:
    """The `aot_clip` of the outputs whose windows lie inside the image."""
    (top, bottom), (left, right) = rows.inside, columns.inside
    return initialiser(top=top, bottom=bottom, left=left, right=right)


def plane(rows: int, columns: int, width: int, channels: int, *, exchanged: bool) -> Struct:
    """An `aot_plane` of an image of `width` pixels of `channels` bytes; `exchanged`: rows are its columns."""
    steps = (channels, width * channels) if exchanged else (width * channels, channels)
    return initialiser(rows=rows, columns=columns, row_step=steps[0], column_step=steps[1])
