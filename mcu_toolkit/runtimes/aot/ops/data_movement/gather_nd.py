"""GATHER_ND: slices or elements, chosen by a tensor whose last dimension holds positions along the first axes."""

from __future__ import annotations

import math

from mcu_toolkit.runtimes.aot.ir.constant_parameters import RECONVERT, output_shape_is
from mcu_toolkit.runtimes.aot.ir.operator import Finding, LayerRecord, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.data_movement.copies import LOOPS, braces, strides
from mcu_toolkit.runtimes.aot.ops.data_movement.gather_positions import CONSTRAINTS, POSITIONS


def positions_are_not_too_deep(view: OpView) -> Finding | None:
    """the last dimension of the positions is at most 5 and at most the number of the input's dimensions"""
    shape, positions = view.input(0).shape, view.input(POSITIONS).shape
    if positions and positions[-1] <= min(len(shape), LOOPS):
        return None
    return Finding(f"positions of the shape {list(positions)} in {list(shape)}", RECONVERT, view.input(POSITIONS))


def _starts(view: OpView) -> list[int]:
    """The element at which each constant slice starts."""
    positions = view.input(POSITIONS)
    assert positions.data is not None
    depth = positions.shape[-1]
    steps = strides(view.input(0).shape)[:depth]
    return [sum(index * step for index, step in zip(row, steps, strict=True)) for row in positions.data.reshape(-1, depth).tolist()]


def constant_positions_lie_inside(view: OpView) -> Finding | None:
    """constant positions lead inside the input"""
    if view.input(POSITIONS).is_constant:
        starts = _starts(view)
        if min(starts) < 0 or max(starts) > view.input(0).elements - _slice(view):
            return Finding("positions outside the input", RECONVERT, view.input(POSITIONS))
    return None


def _slice(view: OpView) -> int:
    return math.prod(view.input(0).shape[view.input(POSITIONS).shape[-1] :])


def shapes_agree(view: OpView) -> Finding | None:
    """the output has the positions' shape with what one of them chooses in place of the last dimension"""
    shape, positions = view.input(0).shape, view.input(POSITIONS).shape
    return output_shape_is(view, (*positions[:-1], *shape[positions[-1] :]))


def lower(view: OpView, _target: Target) -> Step:
    """A copy for each position."""
    source, positions, size = view.input(0), view.input(POSITIONS), view.output.dtype.itemsize_bytes
    depth = positions.shape[-1]
    steps = [step * size for step in strides(source.shape)[:depth]]
    fields = (
        ("count", str(positions.elements // depth)),
        ("depth", str(depth)),
        ("step", braces((*steps, *(0,) * (LOOPS - depth)))),
        ("slice_bytes", str(_slice(view) * size)),
        ("last_bytes", str((source.elements - _slice(view)) * size)),
    )
    return Step(
        op=view.op,
        inputs=view.op.inputs,
        outputs=view.op.outputs,
        call="aot_gather_nd(&${layer}, ${in0}, ${in1}, ${out0});",
        headers=("gather.h",),
        layer=LayerRecord("aot_gather_nd_layer", fields),
        kernel="gather",
    )


OPERATOR = Operator(
    name="GATHER_ND",
    constraints=(*CONSTRAINTS, positions_are_not_too_deep, constant_positions_lie_inside, shapes_agree),
    lower=lower,
)
