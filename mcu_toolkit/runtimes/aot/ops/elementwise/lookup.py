"""Functions of one 8-bit value: a table of 256 outputs, made with the model exactly as TFLM would compute them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics
from mcu_toolkit.runtimes.aot.ir.fixed_point import requantize, wrap
from mcu_toolkit.runtimes.aot.ir.operator import Constant, OpView
from mcu_toolkit.runtimes.aot.ir.type_constraints import RANGES, quantization
from mcu_toolkit.runtimes.aot.ops.elementwise.element import Element
from mcu_toolkit.runtimes.aot.ops.elementwise.interpolation import interpolation_table


def lookup(function: Callable[[int], int], dtype: DType = DType.INT8) -> Element:
    """The element of an operator of 8 bits: `function` from stored input to stored output, for each of the 256 inputs."""
    if dtype is DType.UINT8:
        outputs = np.array([function(value) for value in range(256)], np.uint8)
        return Element("lookup_uint8", "table[{a}]", constants=(Constant("table", outputs, "the outputs for the inputs 0 .. 255"),))
    table = np.array([function(value) for value in (*range(128), *range(-128, 0))], np.int8)
    constant = Constant("table", table, "the outputs for the inputs 0 .. 127, -128 .. -1")
    return Element("lookup_int8", "table[(uint8_t){a}]", constants=(constant,))


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
    return Element("interpolated_int16", "aot_interpolate_wrapping({a}, table)", ("interpolate.h",), constants=(constant,))


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
