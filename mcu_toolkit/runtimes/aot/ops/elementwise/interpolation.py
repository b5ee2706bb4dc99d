"""TFLM's tables of 513 points for functions of 16-bit values, computed in float32 step by step (LUTPopulate in common.h)."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from mcu_toolkit.runtimes.aot.ir import numerics

_INTERVALS = 512


def _rounded(value: np.float32) -> np.float32:
    rounded: np.float32 = np.float32(numerics.round_half_away(float(value)))
    return rounded


def interpolation_table(
    input_scale: np.float32, input_zero_point: int, output_scale: np.float32, function: Callable[[np.float32], np.float32]
) -> npt.NDArray[np.int16]:
    """int16 [513]: `function` at the ends of 512 intervals of the input's range, moved to halve the error in their middles.

    The output's zero point is 0.
    """
    lowest = np.float32(input_scale * np.float32(-32768 - input_zero_point))
    highest = np.float32(input_scale * np.float32(32767 - input_zero_point))
    step = np.float32((highest - lowest) / np.float32(_INTERVALS))
    half_step = np.float32(step / np.float32(2))
    span = np.float32(output_scale * np.float32(32767)) - np.float32(output_scale * np.float32(-32768))
    inverse = np.float32(np.float32(65536) / np.float32(span))
    points = [np.float32(lowest + np.float32(np.float32(i) * step)) for i in range(_INTERVALS + 1)]
    table = []
    for start, end in itertools.pairwise(points):
        here = _rounded(np.float32(function(start) * inverse))
        middle = _rounded(np.float32(function(np.float32(start + half_step)) * inverse))
        interpolated = _rounded(np.float32(np.float32(np.float32(function(end) * inverse) + here) / np.float32(2)))
        bias = _rounded(np.float32(np.float32(interpolated - middle) / np.float32(2)))
        table.append(np.float32(here - bias))
    table.append(_rounded(np.float32(function(highest) * inverse)))
    clipped: npt.NDArray[np.int16] = np.clip(np.array(table), -32768, 32767).astype(np.int16)
    return clipped
