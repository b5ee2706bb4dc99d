"""CONV_2D on cores with Helium: all kernels, strides and dilations; groups are left to the portable kernel."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.operator import Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.convolution.mve.matrix import matrix_step
from mcu_toolkit.runtimes.aot.ops.convolution.mve.requantization import Kind, choose_kind
from mcu_toolkit.runtimes.aot.ops.convolution.weights import Weighted, convolution_multipliers, is_plain_int8, prepare
from mcu_toolkit.runtimes.aot.ops.convolution.window_layer import axes


def _plan(view: OpView) -> tuple[Weighted, Kind] | None:
    weights = view.input(1)
    if not is_plain_int8(view) or weights.dtype is not DType.INT8 or view.input(0).shape[3] != weights.shape[3]:
        return None
    assert weights.data is not None
    layer = prepare(view, weights.data, convolution_multipliers(view, len(weights.data)))
    kind = choose_kind(layer)
    return None if kind is None else (layer, kind)


def lower(view: OpView, _target: Target) -> Step | None:
    """Windows of 3 pixels times pairs of channels, where the vector instructions' rounding is exact."""
    plan = _plan(view)
    return None if plan is None else matrix_step(view, *plan, *axes(view))


OPERATOR = Operator(name="CONV_2D", constraints=(), lower=lower, instruction_set="mve")
