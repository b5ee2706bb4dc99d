"""DEPTHWISE_CONV_2D on cores with the DSP extension: channel-major, one input channel as a convolution, all others by taps.

Further variants are taps where channel-major planes do it, and planes in lower and higher bands.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import KernelVariant, Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.windows import Axis
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.conv_2d import lower_matrix_or_bytes
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.depthwise import lower_depthwise, plan_depthwise
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.depthwise_int16 import lower_depthwise_int16
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.depthwise_taps import lower_taps, plan_taps
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.depthwise_windows import lower_windows, plan_windows
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.matrix_int16 import is_plain_int16
from mcu_toolkit.runtimes.aot.ops.convolution.weights import Weighted, convolution_multipliers, int8_convolution
from mcu_toolkit.runtimes.aot.ops.convolution.windows import axes


@dataclass(frozen=True)
class _Layer:
    """A layer of int8 weights, with its windows."""

    weighted: Weighted
    """Weights: [channel][kernel y][kernel x][1]."""
    rows: Axis
    columns: Axis
    is_matrix: bool
    """One input channel: an ordinary convolution."""
    has_multiplier: bool


def _layer(view: OpView) -> _Layer | None:
    """The layer; None where its types are others."""
    weighted, depth = int8_convolution(view), view.input(0).shape[3]
    if weighted is None:
        return None
    return _Layer(weighted, *axes(view), is_matrix=depth == 1, has_multiplier=weighted.channels != depth)


def lower(view: OpView, _target: Target) -> LoweredOperator | None:
    """4 channels at a time, where a short way of rounding is exact; a single input channel is an ordinary convolution."""
    if is_plain_int16(view):
        return _int16(view)
    layer = _layer(view)
    if layer is None:
        return None
    if layer.is_matrix:
        return lower_matrix_or_bytes(view, layer.weighted, layer.rows, layer.columns)
    return None if layer.has_multiplier else _by_channel(view, layer)


def _by_channel(view: OpView, layer: _Layer) -> LoweredOperator | None:
    plan = plan_depthwise(layer.weighted, layer.rows, layer.columns)
    if plan is not None:
        return lower_depthwise(view, layer.weighted, plan)
    windows = plan_windows(layer.weighted, layer.rows, layer.columns)
    return _taps(view, layer) if windows is None else lower_windows(view, layer.weighted, windows, layer.rows, layer.columns)


def _int16(view: OpView) -> LoweredOperator | None:
    data = view.input(1).data
    assert data is not None
    weights = np.ascontiguousarray(np.transpose(data, (3, 1, 2, 0)))
    if len(weights) != view.input(0).shape[3]:
        return None
    return lower_depthwise_int16(view, weights.reshape(len(weights), -1), convolution_multipliers(view, len(weights)), *axes(view))


def _taps(view: OpView, layer: _Layer) -> LoweredOperator | None:
    taps = plan_taps(layer.weighted)
    return None if taps is None else lower_taps(view, layer.weighted, taps, layer.rows, layer.columns)


def _taps_instead(view: OpView, _target: Target) -> LoweredOperator | None:
    """By taps where the default is channel-major: less scratch memory, and for some images less work."""
    layer = _layer(view)
    if layer is None or layer.is_matrix or layer.has_multiplier:
        return None
    plans = (plan(layer.weighted, layer.rows, layer.columns) for plan in (plan_depthwise, plan_windows))
    return _taps(view, layer) if any(plan is not None for plan in plans) else None


def _other_bands(limit_bytes: int, view: OpView, _target: Target) -> LoweredOperator | None:
    """Channel-major with another limit of the bands, where that makes other bands."""
    layer = _layer(view)
    if layer is None or layer.is_matrix or layer.has_multiplier:
        return None
    usual, other = (
        plan_depthwise(layer.weighted, layer.rows, layer.columns),
        plan_depthwise(layer.weighted, layer.rows, layer.columns, limit_bytes),
    )
    if usual is None or other is None or other.band == usual.band:
        return None
    return lower_depthwise(view, layer.weighted, other)


_BAND_LIMITS_KB = (4, 32)

DEPTHWISE_CONV_2D = Operator(
    name="DEPTHWISE_CONV_2D",
    constraints=(),
    lower=lower,
    instruction_set="dsp",
    variants=(
        KernelVariant("taps", _taps_instead),
        *(KernelVariant(f"channel-major {limit} KB", functools.partial(_other_bands, 1024 * limit)) for limit in _BAND_LIMITS_KB),
    ),
)

OPERATORS = (DEPTHWISE_CONV_2D,)
