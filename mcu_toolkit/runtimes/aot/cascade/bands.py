"""A layer of a cascade, lowered for a few rows of its output: the same kernels, with records that say that the image has no more rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mcu_toolkit.runtimes.aot.cascade.windows import RowWindow, row_inputs, row_window
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.passes.kernel_choice import Choice


@dataclass(frozen=True)
class Band:
    """Rows of an output and what is there of the input rows that they need."""

    rows: int
    input_rows: int
    above: int = 0
    """Rows outside of the image above those."""


class Bands:
    """The layers of one model that can be in a cascade, each lowered once for each band."""

    def __init__(self, views: Sequence[OpView], target: Target, choice: Choice) -> None:
        self.views = tuple(views)
        self._target = target
        self._choice = choice
        self.windows = tuple(row_window(view) for view in views)
        self._lowered: dict[tuple[int, Band], LoweredOperator | None] = {}

    def window(self, number: int) -> RowWindow:
        """Of a layer that can be in a cascade."""
        window = self.windows[number]
        assert window is not None
        return window

    def lower(self, number: int, band: Band) -> LoweredOperator | None:
        """Layer `number` for a band; None where it needs more than its inputs' rows: live weights, state."""
        key = (number, band)
        if key not in self._lowered:
            self._lowered[key] = self._lower(self.views[number], self.window(number), band)
        return self._lowered[key]

    def _lower(self, view: OpView, window: RowWindow, band: Band) -> LoweredOperator | None:
        step = self._choice.lower(_narrowed(view, window, band), self._target)
        plain = step.inputs == row_inputs(view) and step.outputs == view.op.outputs and not step.state and not step.must_alias
        return step if plain else None


def _narrowed(view: OpView, window: RowWindow, band: Band) -> OpView:
    heights = dict.fromkeys(row_inputs(view), band.input_rows) | {view.op.outputs[0]: band.rows}
    tensors = list(view.graph.tensors)
    for index, height in heights.items():
        _, _, *rest = tensors[index].shape
        tensors[index] = dataclasses.replace(tensors[index], shape=(1, height, *rest))
    axis = window.axis
    if axis is not None:
        axis = dataclasses.replace(axis, input=band.input_rows, output=band.rows, pad=band.above)
    return dataclasses.replace(view, graph=dataclasses.replace(view.graph, tensors=tuple(tensors)), rows=axis)


def have_equal_constants(first: LoweredOperator, second: LoweredOperator) -> bool:
    """True where two bands of a layer read the same arrays."""
    return len(first.constants) == len(second.constants) and all(
        one.what == two.what and np.array_equal(one.array, two.array) for one, two in zip(first.constants, second.constants, strict=True)
    )
