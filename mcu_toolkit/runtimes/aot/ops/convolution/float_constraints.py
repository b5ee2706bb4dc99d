"""Constraints of operators that have weights, where they may be in floating point: layers that were kept so."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.operator import Constraint, Finding, OpView


def is_float(view: OpView) -> bool:
    """The layer computes in floating point."""
    return view.input(0).dtype is DType.FLOAT32


def unless_float(constraint: Constraint) -> Constraint:
    """`constraint`, which concerns quantized layers only."""

    def check(view: OpView) -> Finding | None:
        return None if is_float(view) else constraint(view)

    check.__doc__ = constraint.__doc__
    return check


def floats_are_among_themselves(view: OpView) -> Finding | None:
    """weights and bias are FLOAT32 constants where the input is FLOAT32, and only there"""
    for tensor in (view.input(1), view.optional_input(2)):
        if tensor is None:
            continue
        if (tensor.dtype is DType.FLOAT32) != is_float(view):
            return Finding(
                f"{tensor.dtype.name} beside {view.input(0).dtype.name} inputs", "quantize the whole layer, or none of it", tensor
            )
        if is_float(view) and not tensor.is_constant:
            return Finding("computed while the model runs", "make it a constant of the model", tensor)
    return None
