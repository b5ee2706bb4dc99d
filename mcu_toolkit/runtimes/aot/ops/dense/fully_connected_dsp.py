"""FULLY_CONNECTED on cores with the DSP extension, with one scale or one for each output channel."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.operator import Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.windows import window_axis
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.matrix_int16 import int16_step, is_plain_int16, plan_finish
from mcu_toolkit.runtimes.aot.ops.convolution.weights import Weighted, prepare
from mcu_toolkit.runtimes.aot.ops.dense.int16_or_computed_weights import is_fast_int8, is_plain, weight_multipliers
from mcu_toolkit.runtimes.aot.ops.dense.rows_dsp import Rows, plan_rows, rows_step


def _plan(view: OpView) -> tuple[Weighted, Rows] | None:
    weights = view.input(1)
    if not is_fast_int8(view) or weights.dtype is not DType.INT8:
        return None
    assert weights.data is not None
    layer = prepare(view, weights.data, weight_multipliers(view))
    rows = plan_rows(layer)
    return None if rows is None else (layer, rows)


def _int16(view: OpView) -> Step | None:
    """As a convolution of images of one pixel."""
    weights = view.input(1).data
    assert weights is not None
    finish = plan_finish(view, weights, weight_multipliers(view))
    channels, depth = weights.shape
    images, point = view.output.elements // channels, window_axis(1, 1, 1, 1, "VALID")
    return None if finish is None else int16_step(view, weights, finish, point, point, images=images, depth=depth)


def lower(view: OpView, _target: Target) -> Step | None:
    """A row of lanes times 4 channels at a time, where the packed sums and a short way of rounding are exact and few channels have to
    be filled up; 16-bit activations as a convolution."""
    if is_plain_int16(view) and is_plain(view):
        return _int16(view)
    plan = _plan(view)
    return None if plan is None else rows_step(view, *plan)


OPERATOR = Operator(name="FULLY_CONNECTED", constraints=(), lower=lower, instruction_set="dsp")
