"""RESIZE_BILINEAR: every output pixel is a mixture of four input pixels.

TFLM does not have int16, which the converter emits; LiteRT is the golden there.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.operator import Constant, Finding, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.resize.resizing import Tap, resize_constraints, resize_record, scalings


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


def lower(view: OpView, _target: Target) -> Step:
    """Tables of neighbours and weights for rows and columns."""
    _, _, width, channels = view.input(0).shape
    rows, columns = scalings(view)
    if view.input(0).dtype is not DType.FLOAT32:
        sides = (("rows", rows.integer_taps(), width * channels), ("columns", columns.integer_taps(), channels))
        tables = tuple(_table(what, taps, step, weights=True) for what, taps, step in sides)
        arguments, kernel = "${k_rows}, ${k_columns}, ${in0}, ${out0}", f"resize_bilinear_{view.input(0).dtype.name.lower()}"
    else:
        sides = (("rows", rows.float_taps(), width * channels), ("columns", columns.float_taps(), channels))
        tables = (
            *(_table(what, taps, step, weights=False) for what, taps, step in sides),
            *(
                Constant(f"{what}_weights", np.array([t.weight for t in taps], np.float32), "of upper neighbours")
                for what, taps, _ in sides
            ),
        )
        arguments, kernel = "${k_rows}, ${k_columns}, ${k_rows_weights}, ${k_columns_weights}, ${in0}, ${out0}", "resize_bilinear_float32"
    return Step(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=f"aot_{kernel}(&${{layer}}, {arguments});",
        headers=("resize.h",),
        constants=tables,
        layer=resize_record(view),
        kernel=kernel,
    )


OPERATOR = Operator(
    name="RESIZE_BILINEAR",
    constraints=(*resize_constraints(DType.INT8, DType.INT16, DType.FLOAT32), one_flag_is_set, neighbours_exist),
    lower=lower,
)
