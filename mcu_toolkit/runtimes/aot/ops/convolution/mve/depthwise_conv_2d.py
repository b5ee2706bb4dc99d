"""DEPTHWISE_CONV_2D on cores with Helium: all kernels of up to 256 taps; a single input channel is an ordinary convolution.

Further variants are rows where squares do it, and more bands at a time.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import KernelVariant, Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.convolution.mve.conv_2d import lower_matrix
from mcu_toolkit.runtimes.aot.ops.convolution.mve.depthwise import Depthwise, lower_depthwise, plan_depthwise
from mcu_toolkit.runtimes.aot.ops.convolution.mve.requantization import choose_kind
from mcu_toolkit.runtimes.aot.ops.convolution.weights import int8_convolution
from mcu_toolkit.runtimes.aot.ops.convolution.windows import axes

_Planner = Callable[..., Depthwise | None]


def lower(view: OpView, _target: Target) -> LoweredOperator | None:
    """Slices of 16 channels, woven so that a vector holds 4x4 pixels of one; where its rounding is exact and rows are not too long."""
    return _step(view, plan_depthwise, is_default=True)


def _otherwise(planner: _Planner, view: OpView, _target: Target) -> LoweredOperator | None:
    """The same by another plan, where that is another one."""
    return _step(view, planner, is_default=False)


def _step(view: OpView, planner: _Planner, *, is_default: bool) -> LoweredOperator | None:
    layer = int8_convolution(view)
    kind = None if layer is None else choose_kind(layer)
    if layer is None or kind is None:
        return None
    rows, columns = axes(view)
    channels = view.input(0).shape[3]
    if channels == 1:
        return lower_matrix(view, layer, kind, rows, columns) if is_default else None
    shape = (rows, columns, channels, view.option("depth_multiplier"))
    plan = planner(*shape)
    if plan is None or (not is_default and plan == plan_depthwise(*shape)):
        return None
    return lower_depthwise(view, layer, kind, plan)


_LARGER_LIMIT_KB = 16

DEPTHWISE_CONV_2D = Operator(
    name="DEPTHWISE_CONV_2D",
    constraints=(),
    lower=lower,
    instruction_set="mve",
    variants=(
        KernelVariant("1 band", functools.partial(_otherwise, functools.partial(plan_depthwise, limit_bytes=0))),
        KernelVariant("rows", functools.partial(_otherwise, functools.partial(plan_depthwise, may_be_squares=False))),
        KernelVariant(
            f"{_LARGER_LIMIT_KB} KB",
            functools.partial(_otherwise, functools.partial(plan_depthwise, limit_bytes=1024 * _LARGER_LIMIT_KB)),
        ),
    ),
)

OPERATORS = (DEPTHWISE_CONV_2D,)
