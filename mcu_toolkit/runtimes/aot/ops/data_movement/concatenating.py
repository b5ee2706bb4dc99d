"""Operators that put tensors side by side or take them apart: CONCATENATION, PACK, SPLIT, SPLIT_V, UNPACK.

Seen from the axis each of them is rows: what lies in one tensor from the axis on, and the same place of the whole.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.operator import Constraint, Finding, OpView
from mcu_toolkit.runtimes.aot.ops.data_movement.copies import Copy, Loop

MOVABLE = (DType.INT8, DType.INT16, DType.INT32, DType.FLOAT32)
"""Element types that TFLM's SPLIT, UNPACK, PAD and DYNAMIC_UPDATE_SLICE take."""


def joining_copies(outer: int, rows: Sequence[int]) -> tuple[Copy, ...]:
    """Inputs with `rows` elements from the axis on, each `outer` times, side by side in one output."""
    whole = sum(rows)
    return tuple(
        Copy((Loop(outer, row, whole), Loop(row, 1, 1)), output_offset=sum(rows[:number]), source=number) for number, row in enumerate(rows)
    )


def parting_copies(outer: int, rows: Sequence[int]) -> tuple[Copy, ...]:
    """The way back: one input to outputs with `rows` elements from the axis on."""
    whole = sum(rows)
    return tuple(
        Copy((Loop(outer, whole, row), Loop(row, 1, 1)), input_offset=sum(rows[:number]), target=number) for number, row in enumerate(rows)
    )


def outer_size(shape: Sequence[int], axis: int) -> int:
    """Elements before `axis`."""
    return math.prod(shape[:axis])


def rows_from(shapes: Sequence[Sequence[int]], axis: int) -> tuple[int, ...]:
    """Elements from `axis` on, of each shape."""
    return tuple(math.prod(shape[axis:]) for shape in shapes)


def has_outputs(inputs: int) -> Constraint:
    """The operator has `inputs` inputs, none left out, and one output or more."""

    def check(view: OpView) -> Finding | None:
        if len(view.op.inputs) == inputs and min(view.op.inputs) >= 0 and view.op.outputs and min(view.op.outputs) >= 0:
            return None
        return Finding(f"{len(view.op.inputs)} inputs and {len(view.op.outputs)} outputs", "convert the model again")

    check.__doc__ = f"{inputs} input{'s' if inputs > 1 else ''} and one output or more"
    return check


def has_inputs(view: OpView) -> Finding | None:
    """one input or more, none left out, and one output"""
    if view.op.inputs and min(view.op.inputs) >= 0 and len(view.op.outputs) == 1:
        return None
    return Finding(f"{len(view.op.inputs)} inputs and {len(view.op.outputs)} outputs", "convert the model again")


def inputs_have_one_type(view: OpView) -> Finding | None:
    """all inputs have the same element type"""
    for index in view.op.inputs:
        tensor = view.graph.tensors[index]
        if tensor.dtype is not view.input(0).dtype:
            return Finding(f"{view.input(0).dtype.name} and {tensor.dtype.name} side by side", "cast them to one type first", tensor)
    return None
