"""MEAN and SUM: TFLM computes both as a sum that is rescaled; for a MEAN the divisor goes into the factor."""

from __future__ import annotations

import math

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics, records
from mcu_toolkit.runtimes.aot.ir.constant_parameters import data_is
from mcu_toolkit.runtimes.aot.ir.constraints import rescaling_finding
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Constraint, Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.type_constraints import RANGES
from mcu_toolkit.runtimes.aot.ops.reduction.reduce import AXES, REDUCTION, loops_record, lower_reduction, reduced_elements


def tensors_are_quantized(view: OpView) -> Finding | None:
    """int8 and int16 tensors have one scale above zero and one zero point"""
    for tensor in (view.input(0), view.output):
        quantization = tensor.quantization
        usable = quantization is not None and not quantization.per_channel and 0 < quantization.scale < math.inf
        if tensor.dtype is not DType.FLOAT32 and not usable:
            return Finding("no usable scale and zero point", "convert the model again with full quantization", tensor)
    return None


def _factor(view: OpView, *, mean: bool) -> tuple[int, int]:
    """Fixed-point (multiplier, shift) from a sum to the output."""
    source, result = view.input(0).quantization, view.output.quantization
    assert source is not None
    assert result is not None
    multiplier, shift = numerics.quantize_multiplier(source.scale / result.scale)
    if not mean:
        return multiplier, shift
    count = reduced_elements(view)
    # As large a numerator as 63 bits and the rescaling's smallest shift, -31, allow.
    bits = min(count.bit_length() - 1, 32, 31 + shift)
    return (multiplier << bits) // count, shift - bits


def rescaling_fits(*, mean: bool) -> Constraint:
    """The factor from sums to outputs is not too large for 32 bits."""

    def check(view: OpView) -> Finding | None:
        if view.input(0).dtype is DType.FLOAT32:
            return None
        return rescaling_finding(_factor(view, mean=mean)[1], view.output)

    check.__doc__ = "the factor from sums to outputs is below 2^31"
    return check


def sum_constraints(*, mean: bool) -> tuple[Constraint, ...]:
    """What MEAN or SUM asks for."""
    types = data_is(0, DType.INT8, DType.INT16, DType.FLOAT32)
    return (*REDUCTION, types, *AXES, tensors_are_quantized, rescaling_fits(mean=mean))


def lower_sum(view: OpView, *, mean: bool) -> LoweredOperator:
    """The zero point is taken off each sum at once."""
    loops = records.nested(loops_record(view))
    if view.input(0).dtype is DType.FLOAT32:
        layer = records.record("aot_sum_float32_layer", loops=loops, count=reduced_elements(view) if mean else 0)
        return lower_reduction(view, "sum", "SUM", layer)
    source, result = view.input(0).quantization, view.output.quantization
    assert source is not None
    assert result is not None
    layer = records.record(
        "aot_sum_layer",
        loops=loops,
        offset=(-source.zero_point * reduced_elements(view) + 2**31) % 2**32 - 2**31,
        factor=records.factor(*_factor(view, mean=mean)),
        output=records.output(result.zero_point, *RANGES[view.output.dtype]),
    )
    return lower_reduction(view, "sum", "SUM", layer)


def _lower_mean(view: OpView, _target: Target) -> LoweredOperator:
    """One function for int8 and int16, another for float32."""
    return lower_sum(view, mean=True)


MEAN = Operator(name="MEAN", constraints=sum_constraints(mean=True), lower=_lower_mean)
"""MEAN over any dimensions."""


def _lower_sum(view: OpView, _target: Target) -> LoweredOperator:
    """One function for int8 and int16, another for float32."""
    return lower_sum(view, mean=False)


SUM = Operator(name="SUM", constraints=sum_constraints(mean=False), lower=_lower_sum)
"""SUM over any dimensions."""


OPERATORS = (MEAN, SUM)
