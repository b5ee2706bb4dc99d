"""RESIZE_NEAREST_NEIGHBOR: every output pixel is a copy of the nearest input pixel."""

from __future__ import annotations

import numpy as np

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.operator import Constant, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.resize.resizing import resize_constraints, resize_record, scalings


def lower(view: OpView, _target: Target) -> Step:
    """Two tables of where input rows, and pixels in a row, start."""
    _, _, width, channels = view.input(0).shape
    rows, columns = scalings(view)
    tables = (
        Constant("rows", np.array(rows.nearest(), np.int32) * width * channels, "where the row of each output row starts"),
        Constant("columns", np.array(columns.nearest(), np.int32) * channels, "where the pixel of each output pixel starts"),
    )
    size = view.output.dtype.itemsize_bytes
    return Step(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=f"aot_resize_nearest(&${{layer}}, ${{k_rows}}, ${{k_columns}}, ${{in0}}, ${{out0}}, {size});",
        headers=("resize.h",),
        constants=tables,
        layer=resize_record(view),
        kernel="resize to the nearest",
    )


OPERATOR = Operator(name="RESIZE_NEAREST_NEIGHBOR", constraints=resize_constraints(DType.INT8, DType.INT16, DType.FLOAT32), lower=lower)
