"""SPLIT_V: a tensor in parts of any length along an axis.  The lengths are those of the outputs; input 1 is not read."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.ir.constant_parameters import data_is, parameter
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON
from mcu_toolkit.runtimes.aot.ir.operator import Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.data_movement.concatenating import MOVABLE, has_outputs
from mcu_toolkit.runtimes.aot.ops.data_movement.splitting import parts_fill_the_axis, split_step

_DATA, _AXIS = 0, 2


def lower(view: OpView, _target: Target) -> Step:
    """One copy of rows for each output."""
    return split_step(view, _DATA, _AXIS)


OPERATOR = Operator(
    name="SPLIT_V",
    constraints=(has_outputs(3), *COMMON, data_is(_DATA, *MOVABLE), *parameter(_AXIS, "axis"), parts_fill_the_axis(_DATA, _AXIS)),
    lower=lower,
)
