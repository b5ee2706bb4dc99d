"""ADD of two int8 tensors as one linear function, compared with TFLM's arithmetic for every pair of inputs (kernels/dsp/add.h)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FRACTION_BITS = 20
"""AOT_DSP_ADD_FRACTION_BITS of kernels/dsp/add.h."""
_EXTRA_BITS = 20
"""Of TFLM's sums: tensorflow/lite/kernels/internal/reference/add.h, left_shift."""
_LIMIT = 1 << 31
_LANE_BITS = 8
"""Lanes hold inputs times 256."""
_GROWTHS = (0.0, 2.0**-19, 2.0**-18, 2.0**-17, 2.0**-16, 2.0**-15)


@dataclass(frozen=True)
class Scaled:
    """An input: zero point and TFLM's fixed-point factor to the common scale, multiplier / 2^31 * 2^shift, shift <= 0."""

    zero_point: int
    multiplier: int
    shift: int


@dataclass(frozen=True)
class Factors:
    """The constants of aot_dsp_add_factors."""

    start: int
    factor1: int
    factor2: int


def _rescale(values: npt.NDArray[np.int64], multiplier: int, shift: int) -> npt.NDArray[np.int64]:
    high = (values * multiplier + (1 << 30)) >> 31
    mask = (1 << -shift) - 1
    return (high >> -shift) + ((high & mask) > (mask >> 1) + (high < 0))


def tflm_add(first: Scaled, second: Scaled, output: Scaled, minimum: int, maximum: int) -> npt.NDArray[np.int64]:
    """TFLM's outputs for all inputs -128..127 of both: int64 [256, 256]."""
    x = np.arange(-128, 128, dtype=np.int64)
    one, two = (_rescale((x - side.zero_point) << _EXTRA_BITS, side.multiplier, side.shift) for side in (first, second))
    total = _rescale(one[:, None] + two[None, :], output.multiplier, output.shift)
    outputs: npt.NDArray[np.int64] = np.clip(total + output.zero_point, minimum, maximum)
    return outputs


def _products(factor1: int, factor2: int) -> npt.NDArray[np.int64]:
    """What the kernel adds to `start`, for all inputs: int64 [256, 256]."""
    x = np.arange(-128, 128, dtype=np.int64)
    return ((x * factor1) >> _LANE_BITS)[:, None] + ((x * factor2) >> _LANE_BITS)[None, :]


def linear_add(factors: Factors, minimum: int, maximum: int) -> npt.NDArray[np.int64]:
    """The kernel's outputs for all inputs: int64 [256, 256]."""
    sums = factors.start + _products(factors.factor1, factors.factor2)
    outputs: npt.NDArray[np.int64] = np.clip(sums >> FRACTION_BITS, minimum, maximum)
    return outputs


def _start(products: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64], minimum: int, maximum: int) -> int | None:
    """The middle of the starts with which every sum gives the wanted output; clamped ones may lie anywhere beyond."""
    lowest = np.where(wanted > minimum, (wanted << FRACTION_BITS) - products, -_LIMIT).max()
    highest = np.where(wanted < maximum, ((wanted + 1) << FRACTION_BITS) - 1 - products, _LIMIT).min()
    start = int((lowest + highest) >> 1)
    fits = lowest <= highest and int(np.abs(products).max()) + abs(start) < _LIMIT
    return start if fits else None


def find_factors(first: Scaled, second: Scaled, output: Scaled, minimum: int, maximum: int) -> Factors | None:
    """Constants with which the kernel equals TFLM for all inputs; None where there are none.

    TFLM rounds halves away from zero, the kernel up.  Where exact halves occur, a slope slightly too steep makes the difference:
    it moves every half away from zero.
    """
    scale = output.multiplier * 2.0 ** (output.shift + _EXTRA_BITS - 62)
    wanted = tflm_add(first, second, output, minimum, maximum)
    for growth in _GROWTHS:
        reals = (side.multiplier * 2.0**side.shift * scale * (1 + growth) for side in (first, second))
        factor1, factor2 = (round(real * (1 << (FRACTION_BITS + _LANE_BITS))) for real in reals)
        start = _start(_products(factor1, factor2), wanted, minimum, maximum) if max(factor1, factor2) < _LIMIT else None
        if start is not None:
            return Factors(start, factor1, factor2)
    return None
