"""FULLY_CONNECTED on cores with the DSP extension, with one scale or one for each output channel."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot import numerics
from mcu_toolkit.runtimes.aot.dsp.rows import Rows, plan_rows, rows_step
from mcu_toolkit.runtimes.aot.fully_connected_forms import is_fast_int8
from mcu_toolkit.runtimes.aot.operator import Operator, OpView, Step
from mcu_toolkit.runtimes.aot.target import Target
from mcu_toolkit.runtimes.aot.weighted import Weighted, prepare


def _multipliers(view: OpView) -> list[float]:
    source, weights, result = view.input(0).quantization, view.input(1).quantization, view.output.quantization
    assert source is not None
    assert weights is not None
    assert result is not None
    if weights.per_channel:
        return numerics.channel_multipliers(source.scale, weights.scales, result.scale, len(weights.scales))
    return [numerics.tensor_multiplier(source.scale, weights.scale, result.scale)]


def _plan(view: OpView) -> tuple[Weighted, Rows] | None:
    weights = view.input(1)
    if not is_fast_int8(view) or weights.dtype is not DType.INT8:
        return None
    assert weights.data is not None
    layer = prepare(view, weights.data, _multipliers(view))
    rows = plan_rows(layer)
    return None if rows is None else (layer, rows)


def applies(view: OpView, _target: Target) -> bool:
    """True where byte pairs and one of the short ways of rounding are exact, and few channels have to be filled up."""
    return _plan(view) is not None


def lower(view: OpView, _target: Target) -> Step:
    """A row of lanes times 4 channels at a time."""
    plan = _plan(view)
    assert plan is not None
    return rows_step(view, *plan)


OPERATOR = Operator(name="FULLY_CONNECTED", constraints=(), lower=lower, instruction_set="dsp", applies=applies)
