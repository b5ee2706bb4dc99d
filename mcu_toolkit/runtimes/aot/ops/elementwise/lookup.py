"""Functions of one value by a table, made with the model exactly as TFLM would compute its entries.

Of 8 bits: 256 outputs.  Of 16 bits: 513 points, between which the kernel interpolates.

Those of 513 points are computed in float32 step by step, as TFLM does (LUTPopulate in common.h).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics
from mcu_toolkit.runtimes.aot.ir.c_tree import Cast, Indexed, call
from mcu_toolkit.runtimes.aot.ir.fixed_point import requantize, wrap
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.type_constraints import RANGES, quantization
from mcu_toolkit.runtimes.aot.ops.elementwise.element import A, Element

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
    pointwise = [np.float32(lowest + np.float32(np.float32(i) * step)) for i in range(_INTERVALS + 1)]
    table = []
    for start, end in itertools.pairwise(pointwise):
        here = _rounded(np.float32(function(start) * inverse))
        middle = _rounded(np.float32(function(np.float32(start + half_step)) * inverse))
        interpolated = _rounded(np.float32(np.float32(np.float32(function(end) * inverse) + here) / np.float32(2)))
        bias = _rounded(np.float32(np.float32(interpolated - middle) / np.float32(2)))
        table.append(np.float32(here - bias))
    table.append(_rounded(np.float32(function(highest) * inverse)))
    clipped: npt.NDArray[np.int16] = np.clip(np.array(table), -32768, 32767).astype(np.int16)
    return clipped


def lookup(function: Callable[[int], int], dtype: DType = DType.INT8) -> Element:
    """The element of an operator of 8 bits: `function` from stored input to stored output, for each of the 256 inputs."""
    if dtype is DType.UINT8:
        outputs = np.array([function(value) for value in range(256)], np.uint8)
        table = Constant("table", outputs, "the outputs for the inputs 0 .. 255")
        return Element("lookup_uint8", Indexed("table", A), constants=(table,))
    values = np.array([function(value) for value in (*range(128), *range(-128, 0))], np.int8)
    constant = Constant("table", values, "the outputs for the inputs 0 .. 127, -128 .. -1")
    return Element("lookup_int8", Indexed("table", Cast("uint8_t", A)), constants=(constant,))


def clamp(value: int, dtype: DType = DType.INT8) -> int:
    """`value`, wrapped to 32 bits as its sum in C, then clamped to the range of `dtype`."""
    low, high = RANGES[dtype]
    return max(low, min(high, wrap(value)))


def rescaling(view: OpView) -> tuple[int, int]:
    """Fixed-point factor from the input's scale to the output's."""
    return numerics.quantize_multiplier(quantization(view.input(0)).scale / quantization(view.output).scale)


def rescaled(view: OpView) -> Callable[[int], int]:
    """From a centred input to a centred output, neither clamped."""
    multiplier, shift = rescaling(view)
    return lambda centred: requantize(centred, multiplier, shift)


def interpolated(view: OpView, function: Callable[[np.float32], np.float32]) -> Element:
    """The element of an int16 operator: LiteRT's table of 513 points of `function`, real to real, between which the kernel interpolates."""
    source, result = quantization(view.input(0)), quantization(view.output)
    table = interpolation_table(np.float32(source.scale), 0, np.float32(result.scale), function)
    constant = Constant("table", table, "the outputs for the inputs -32768, -32640, ... 32767")
    return Element("interpolated_int16", call("aot_interpolate_wrapping", A, "table"), ("interpolate.h",), constants=(constant,))


def float_function(view: OpView, function: Callable[[np.float32], np.float32]) -> Callable[[int], int]:
    """From stored input to stored output by way of float32, each step of it rounded: TFLM's and LiteRT's 8-bit table functions."""
    source, result = quantization(view.input(0)), quantization(view.output)
    low, high = RANGES[view.output.dtype]
    inverse = np.float32(1) / np.float32(result.scale)

    def table_entry(value: int) -> int:
        real = np.float32(source.scale) * np.float32(value - source.zero_point)
        with np.errstate(all="ignore"):
            scaled = float(np.float32(function(real) * inverse))
        if np.isnan(scaled):
            return low
        rounded = np.float32(numerics.round_half_away(scaled)) if abs(scaled) < 2.0**31 else np.float32(scaled)
        return int(max(np.float32(low), min(np.float32(high), rounded + np.float32(result.zero_point))))

    return table_entry
