"""SPLIT: a tensor in equal parts along an axis."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.ir.constant_parameters import RECONVERT, data_is, parameter
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON
from mcu_toolkit.runtimes.aot.ir.operator import Finding, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.data_movement.concatenating import MOVABLE, has_outputs
from mcu_toolkit.runtimes.aot.ops.data_movement.splitting import parts_fill_the_axis, split_step

_AXIS, _DATA = 0, 1


def parts_are_equal(view: OpView) -> Finding | None:
    """all outputs have one shape"""
    for output in view.outputs:
        if output.shape != view.output.shape:
            return Finding(f"the shape {list(output.shape)} beside {list(view.output.shape)}", RECONVERT, output)
    return None


def lower(view: OpView, _target: Target) -> Step:
    """One copy of rows for each output."""
    return split_step(view, _DATA, _AXIS)


OPERATOR = Operator(
    name="SPLIT",
    constraints=(
        has_outputs(2),
        *COMMON,
        data_is(_DATA, *MOVABLE),
        *parameter(_AXIS, "axis"),
        parts_fill_the_axis(_DATA, _AXIS),
        parts_are_equal,
    ),
    lower=lower,
)
