"""DEPTHWISE_CONV_2D on cores with Helium: all kernels of up to 256 taps; a single input channel is an ordinary convolution.

`mcu tune` also tries rows where squares do it, and more bands at a time.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.operator import Operator, OpView, Scheme, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.convolution.mve.depthwise import Depthwise, depthwise_step, plan_depthwise
from mcu_toolkit.runtimes.aot.ops.convolution.mve.matrix import matrix_step
from mcu_toolkit.runtimes.aot.ops.convolution.mve.requantization import choose_kind
from mcu_toolkit.runtimes.aot.ops.convolution.weights import convolution_multipliers, is_plain_int8, prepare
from mcu_toolkit.runtimes.aot.ops.convolution.window_layer import axes

_Planner = Callable[..., Depthwise | None]


def lower(view: OpView, _target: Target) -> Step | None:
    """Slices of 16 channels, woven so that a vector holds 4x4 pixels of one; where its rounding is exact and rows are not too long."""
    return _step(view, plan_depthwise, is_default=True)


def _otherwise(planner: _Planner, view: OpView, _target: Target) -> Step | None:
    """The same by another plan, where that is another one."""
    return _step(view, planner, is_default=False)


def _step(view: OpView, planner: _Planner, *, is_default: bool) -> Step | None:
    if not is_plain_int8(view) or view.input(1).dtype is not DType.INT8:
        return None
    data = view.input(1).data
    assert data is not None
    rows, columns = axes(view)
    # [1][y][x][channel] -> [channel][y][x][1]
    weights = np.ascontiguousarray(np.transpose(data, (3, 1, 2, 0)))
    layer = prepare(view, weights, convolution_multipliers(view, len(weights)))
    kind = choose_kind(layer)
    if kind is None:
        return None
    channels = view.input(0).shape[3]
    if channels == 1:
        return matrix_step(view, layer, kind, rows, columns) if is_default else None
    shape = (rows, columns, channels, view.option("depth_multiplier"))
    plan = planner(*shape)
    if plan is None or (not is_default and plan == plan_depthwise(*shape)):
        return None
    return depthwise_step(view, layer, kind, plan)


_LARGER_LIMIT_KB = 16

OPERATOR = Operator(
    name="DEPTHWISE_CONV_2D",
    constraints=(),
    lower=lower,
    instruction_set="mve",
    schemes=(
        Scheme("rows", functools.partial(_otherwise, functools.partial(plan_depthwise, may_be_squares=False))),
        Scheme(
            f"{_LARGER_LIMIT_KB} KB",
            functools.partial(_otherwise, functools.partial(plan_depthwise, limit_bytes=1024 * _LARGER_LIMIT_KB)),
        ),
    ),
)
