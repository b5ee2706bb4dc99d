"""Operators that work along one axis, which a constant scalar names: ARG_MAX, ARG_MIN, CUMSUM."""

from __future__ import annotations

import math

from mcu_toolkit.runtimes.aot.ir.constant_parameters import RECONVERT, constant_values, known_axis, parameter, positive_axis
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.ir.operator import Finding, OpView

_AXIS = 1


def axis_exists(view: OpView) -> Finding | None:
    """the axis is one dimension of the input"""
    axes, rank = constant_values(view, _AXIS), len(view.input(0).shape)
    if len(axes) == 1 and positive_axis(axes[0], rank) is not None:
        return None
    return Finding(f"the axis {list(axes)} of {rank} dimensions", RECONVERT, view.input(_AXIS))


INPUTS = (has_tensors((2,)), *COMMON)
"""What comes before the element types."""
AXIS = (*parameter(_AXIS, "axis"), axis_exists)
"""What comes after them."""


def axis_of(view: OpView) -> int:
    """The axis, counted from the front."""
    return known_axis(constant_values(view, _AXIS)[0], len(view.input(0).shape))


def line_fields(view: OpView) -> tuple[tuple[str, str], ...]:
    """Elements in front of the axis, along it and behind it."""
    shape, axis = view.input(0).shape, axis_of(view)
    return ("outer", str(math.prod(shape[:axis]))), ("axis", str(shape[axis])), ("inner", str(math.prod(shape[axis + 1 :])))
