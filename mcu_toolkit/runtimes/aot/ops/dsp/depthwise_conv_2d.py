"""DEPTHWISE_CONV_2D on cores with the DSP extension: 3x3 by planes, one input channel as a convolution, all others by taps."""

from __future__ import annotations

import numpy as np

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.convolution import axes
from mcu_toolkit.runtimes.aot.dsp.depthwise import depthwise_step, plan_depthwise
from mcu_toolkit.runtimes.aot.dsp.depthwise_int16 import depthwise_int16_step
from mcu_toolkit.runtimes.aot.dsp.depthwise_taps import plan_taps, taps_step
from mcu_toolkit.runtimes.aot.dsp.matrix import matrix_step, plan_matrix
from mcu_toolkit.runtimes.aot.dsp.matrix_int16 import is_plain_int16
from mcu_toolkit.runtimes.aot.geometry import Axis
from mcu_toolkit.runtimes.aot.operator import Operator, OpView, Step
from mcu_toolkit.runtimes.aot.target import Target
from mcu_toolkit.runtimes.aot.weighted import Weighted, convolution_multipliers, is_plain_int8, prepare


def lower(view: OpView, _target: Target) -> Step | None:
    """4 channels at a time, where a short way of rounding is exact; a single input channel is an ordinary convolution."""
    wide = is_plain_int16(view)
    if not (wide or (is_plain_int8(view) and view.input(1).dtype is DType.INT8)):
        return None
    data = view.input(1).data
    assert data is not None
    rows, columns = axes(view)
    # [1][y][x][channel] -> [channel][y][x][1]
    weights = np.ascontiguousarray(np.transpose(data, (3, 1, 2, 0)))
    multipliers = convolution_multipliers(view, len(weights))
    has_multiplier = len(weights) != view.input(0).shape[3]
    if wide:
        return None if has_multiplier else depthwise_int16_step(view, weights.reshape(len(weights), -1), multipliers, rows, columns)
    layer = prepare(view, weights, multipliers)
    if view.input(0).shape[3] == 1:
        matrix = plan_matrix(layer)
        return None if matrix is None else matrix_step(view, layer, matrix, rows, columns)
    return None if has_multiplier else _by_channel(view, layer, rows, columns)


def _by_channel(view: OpView, layer: Weighted, rows: Axis, columns: Axis) -> Step | None:
    plan = plan_depthwise(layer, rows, columns)
    if plan is not None:
        return depthwise_step(view, layer, plan)
    taps = plan_taps(layer)
    return None if taps is None else taps_step(view, layer, taps, rows, columns)


OPERATOR = Operator(name="DEPTHWISE_CONV_2D", constraints=(), lower=lower, instruction_set="dsp")
