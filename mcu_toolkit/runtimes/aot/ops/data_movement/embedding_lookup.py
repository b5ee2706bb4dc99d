"""EMBEDDING_LOOKUP: rows of a table, chosen by a list of positions."""

from __future__ import annotations

import math

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.constant_parameters import RECONVERT, data_is, output_shape_is, scales_finding
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors, input_has_rank, input_is
from mcu_toolkit.runtimes.aot.ir.operator import Finding, LayerRecord, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target

_POSITIONS, _TABLE = 0, 1


def table_has_rows(view: OpView) -> Finding | None:
    """the table has two dimensions or more"""
    shape = view.input(_TABLE).shape
    return None if len(shape) >= 2 else Finding(f"a table of the shape {list(shape)}", RECONVERT, view.input(_TABLE))


def quantizations_agree(view: OpView) -> Finding | None:
    """an int8 table and the output have the same scale and zero point"""
    return scales_finding(view.input(_TABLE), view.output)


def shapes_agree(view: OpView) -> Finding | None:
    """the output has a row for each position"""
    return output_shape_is(view, (*view.input(_POSITIONS).shape, *view.input(_TABLE).shape[1:]))


def lower(view: OpView, _target: Target) -> Step:
    """The kernel of GATHER, along the first axis."""
    table = view.input(_TABLE)
    fields = (
        ("batches", "1"),
        ("outer", "1"),
        ("count", str(view.input(_POSITIONS).elements)),
        ("axis", str(table.shape[0])),
        ("slice_bytes", str(math.prod(table.shape[1:]) * table.dtype.itemsize_bytes)),
    )
    return Step(
        op=view.op,
        inputs=(view.op.inputs[_TABLE], view.op.inputs[_POSITIONS]),
        outputs=view.op.outputs,
        call="aot_gather(&${layer}, ${in0}, ${in1}, ${out0});",
        headers=("gather.h",),
        layer=LayerRecord("aot_gather_layer", fields),
        kernel="gather",
    )


OPERATOR = Operator(
    name="EMBEDDING_LOOKUP",
    constraints=(
        has_tensors((2,)),
        *COMMON,
        data_is(_TABLE, DType.INT8, DType.FLOAT32),
        input_is(_POSITIONS, "list of positions", DType.INT32),
        input_has_rank(_POSITIONS, "list of positions", 1),
        table_has_rows,
        quantizations_agree,
        shapes_agree,
    ),
    lower=lower,
)
