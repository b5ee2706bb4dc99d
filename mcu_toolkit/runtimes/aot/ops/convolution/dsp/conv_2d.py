"""CONV_2D on cores with the DSP extension: all kernels, strides and dilations; groups are left to the portable kernel."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.ir.operator import Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.matrix import matrix_step, plan_convolution
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.matrix_int16 import int16_step, is_plain_int16, plan_finish
from mcu_toolkit.runtimes.aot.ops.convolution.weights import convolution_multipliers
from mcu_toolkit.runtimes.aot.ops.convolution.window_layer import axes


def lower(view: OpView, _target: Target) -> Step | None:
    """Windows of 3 pixels times pairs of channels, where the packed sums and one of the short ways of rounding are exact."""
    if is_plain_int16(view):
        return _int16(view)
    plan = plan_convolution(view)
    return None if plan is None else matrix_step(view, *plan, *axes(view))


def _int16(view: OpView) -> Step | None:
    data, (images, _, _, depth) = view.input(1).data, view.input(0).shape
    assert data is not None
    if depth != data.shape[3]:
        return None
    weights = data.reshape(len(data), -1)
    finish = plan_finish(view, weights, convolution_multipliers(view, len(weights)))
    return None if finish is None else int16_step(view, weights, finish, *axes(view), images=images, depth=depth)


OPERATOR = Operator(name="CONV_2D", constraints=(), lower=lower, instruction_set="dsp")
