"""FULLY_CONNECTED on cores with Helium: kernels/mve/fully_connected.h."""

from __future__ import annotations

import dataclasses

from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import KernelVariant, Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.windows import row_axes
from mcu_toolkit.runtimes.aot.ops.convolution.mve.conv_2d import PIXELS, lower_matrix
from mcu_toolkit.runtimes.aot.ops.convolution.mve.requantization import Kind, choose_kind
from mcu_toolkit.runtimes.aot.ops.convolution.mve.rows import lower_rows
from mcu_toolkit.runtimes.aot.ops.convolution.weights import Weighted
from mcu_toolkit.runtimes.aot.ops.dense.int16_or_computed_weights import int8_dense


def _plan(view: OpView) -> tuple[Weighted, Kind] | None:
    layer = int8_dense(view)
    kind = None if layer is None else choose_kind(layer)
    return None if layer is None or kind is None else (layer, kind)


def _lower_fully_connected_mve(view: OpView, _target: Target) -> LoweredOperator | None:
    """One row times six channels, where the vector instructions' rounding is exact; three rows and more are a 1x1 convolution."""
    plan = _plan(view)
    if plan is None:
        return None
    layer, kind = plan
    rows = view.output.elements // layer.channels
    if rows < PIXELS:
        return lower_rows(view, layer, kind)
    as_image = dataclasses.replace(layer, weights=layer.weights[:, None, None, :])
    return lower_matrix(view, as_image, kind, *row_axes(rows))


def _row_by_row(view: OpView, _target: Target) -> LoweredOperator | None:
    """One row at a time where the default is three: less scratch memory."""
    plan = _plan(view)
    return None if plan is None or view.output.elements // plan[0].channels < PIXELS else lower_rows(view, *plan)


FULLY_CONNECTED_MVE = Operator(
    name="FULLY_CONNECTED",
    constraints=(),
    lower=_lower_fully_connected_mve,
    instruction_set="mve",
    variants=(KernelVariant("row by row", _row_by_row),),
)
"""FULLY_CONNECTED on cores with Helium, with one scale or one for each output channel."""


OPERATORS = (FULLY_CONNECTED_MVE,)
