"""GATHER: slices along an axis, chosen by a tensor of positions."""

from __future__ import annotations

import math

from mcu_toolkit.runtimes.aot.ir.constant_parameters import RECONVERT, constant_values, known_axis, output_shape_is, positive_axis
from mcu_toolkit.runtimes.aot.ir.operator import Finding, LayerRecord, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.data_movement.gather_positions import CONSTRAINTS, POSITIONS


def _batch_dims(view: OpView) -> int:
    count: int = view.option("batch_dims")
    return count + len(view.input(POSITIONS).shape) if count < 0 else count


def _axis(view: OpView) -> int:
    return known_axis(view.option("axis"), len(view.input(0).shape))


def axes_exist(view: OpView) -> Finding | None:
    """the axis exists, batch_dims is not beyond it, and the batch dimensions of input and positions are equal"""
    shape, positions = view.input(0).shape, view.input(POSITIONS).shape
    axis, batch_dims = positive_axis(view.option("axis"), len(shape)), _batch_dims(view)
    if axis is None or not 0 <= batch_dims <= min(axis, len(positions)) or shape[:batch_dims] != positions[:batch_dims]:
        found = f"axis {view.option('axis')} and batch_dims {view.option('batch_dims')} of {list(shape)} and {list(positions)}"
        return Finding(found, RECONVERT, view.input(POSITIONS))
    return None


def constant_positions_lie_inside(view: OpView) -> Finding | None:
    """constant positions lie inside the axis"""
    positions = view.input(POSITIONS)
    if positions.is_constant:
        values = constant_values(view, POSITIONS)
        if min(values) < 0 or max(values) >= view.input(0).shape[_axis(view)]:
            return Finding(f"positions from {min(values)} to {max(values)}", RECONVERT, positions)
    return None


def shapes_agree(view: OpView) -> Finding | None:
    """the output has the positions' shape in place of the axis"""
    shape, axis = view.input(0).shape, _axis(view)
    return output_shape_is(view, (*shape[:axis], *view.input(POSITIONS).shape[_batch_dims(view) :], *shape[axis + 1 :]))


def lower(view: OpView, _target: Target) -> Step:
    """A copy for each position."""
    shape, axis, batch_dims = view.input(0).shape, _axis(view), _batch_dims(view)
    batches = math.prod(shape[:batch_dims])
    slice_bytes = math.prod(shape[axis + 1 :]) * view.output.dtype.itemsize_bytes
    fields = (
        ("batches", str(batches)),
        ("outer", str(math.prod(shape[batch_dims:axis]))),
        ("count", str(view.input(POSITIONS).elements // batches)),
        ("axis", str(shape[axis])),
        ("slice_bytes", str(slice_bytes)),
    )
    return Step(
        op=view.op,
        inputs=view.op.inputs,
        outputs=view.op.outputs,
        call="aot_gather(&${layer}, ${in0}, ${in1}, ${out0});",
        headers=("gather.h",),
        layer=LayerRecord("aot_gather_layer", fields),
        kernel="gather",
    )


OPERATOR = Operator(name="GATHER", constraints=(*CONSTRAINTS, axes_exist, constant_positions_lie_inside, shapes_agree), lower=lower)
