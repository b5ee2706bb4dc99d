"""CONV_2D on cores with the DSP extension: all kernels, strides and dilations; groups are left to the portable kernel."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.convolution import axes
from mcu_toolkit.runtimes.aot.dsp.matrix import matrix_step, plan_convolution
from mcu_toolkit.runtimes.aot.operator import Operator, OpView, Step
from mcu_toolkit.runtimes.aot.target import Target


def applies(view: OpView, _target: Target) -> bool:
    """True where byte pairs and one of the short ways of rounding are exact."""
    return plan_convolution(view) is not None


def lower(view: OpView, _target: Target) -> Step:
    """Windows of 3 pixels times pairs of channels."""
    plan = plan_convolution(view)
    assert plan is not None
    return matrix_step(view, *plan, *axes(view))


OPERATOR = Operator(name="CONV_2D", constraints=(), lower=lower, instruction_set="dsp", applies=applies)
