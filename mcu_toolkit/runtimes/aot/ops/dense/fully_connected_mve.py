"""FULLY_CONNECTED on cores with Helium, with one scale or one for each output channel."""

from __future__ import annotations

import dataclasses

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.operator import Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.convolution.mve.matrix import PIXELS, matrix_step, row_axes
from mcu_toolkit.runtimes.aot.ops.convolution.mve.requantization import Kind, choose_kind
from mcu_toolkit.runtimes.aot.ops.convolution.weights import Weighted, prepare
from mcu_toolkit.runtimes.aot.ops.dense.int16_or_computed_weights import is_fast_int8, weight_multipliers
from mcu_toolkit.runtimes.aot.ops.dense.rows_mve import rows_step


def _plan(view: OpView) -> tuple[Weighted, Kind] | None:
    weights = view.input(1)
    if not is_fast_int8(view) or weights.dtype is not DType.INT8:
        return None
    assert weights.data is not None
    layer = prepare(view, weights.data, weight_multipliers(view))
    kind = choose_kind(layer)
    return None if kind is None else (layer, kind)


def lower(view: OpView, _target: Target) -> Step | None:
    """One row times six channels, where the vector instructions' rounding is exact; three rows and more are a 1x1 convolution."""
    plan = _plan(view)
    if plan is None:
        return None
    layer, kind = plan
    rows = view.output.elements // layer.channels
    if rows < PIXELS:
        return rows_step(view, layer, kind)
    as_image = dataclasses.replace(layer, weights=layer.weights[:, None, None, :])
    return matrix_step(view, as_image, kind, *row_axes(rows))


OPERATOR = Operator(name="FULLY_CONNECTED", constraints=(), lower=lower, instruction_set="mve")
