"""log(1 + x) in float32 with the roundings that the C libraries of boards make.

The reference computes the edges of its bands with log1pf, and not every C library rounds it alike.  newlib and glibc up to 2.40 use
the algorithm of Sun's fdlibm (s_log1pf.c: reduction to sqrt(2) / 2 .. sqrt(2), then a polynomial in f / (2 + f)), which is off by one
unit in the last place for one x in twenty; from 2.41 on glibc rounds correctly.  In `micro_frontend` that makes two of 236 pairs of
weights another number by 1/4096.  This is the former: what boards and most machines have.
"""

from __future__ import annotations

import math

import numpy as np

_COEFFICIENTS = tuple(
    np.float32(value) for value in (0.66666668653, 0.40000000596, 0.28571429849, 0.22222198546, 0.18183572590, 0.15313838422, 0.14798198640)
)
"""Minimax coefficients of the powers of (f / (2 + f)) ** 2, as fdlibm gives them."""
_LN2_HIGH, _LN2_LOW = np.float32(0.69313812256), np.float32(9.0580006145e-06)
"""Their sum is ln 2; the first has zeros at its end, so that its small multiples are exact."""
_NO_REDUCTION_BELOW = np.float32(0.41421356)
_ONE, _TWO, _HALF = np.float32(1), np.float32(2), np.float32(0.5)


def log1p_float32(x: np.float32) -> np.float32:
    """log(1 + x) for 0 <= x < 2 ** 20."""
    if not 0 <= x < 1 << 20:
        raise ValueError(f"log1p of {x}")
    if x < _NO_REDUCTION_BELOW:
        exponent, f, lost = np.float32(0), x, np.float32(0)
    else:
        exponent, f, lost = _reduced(x)
    half_square = np.float32(_HALF * f * f)
    if abs(f) < np.float32(2.0**-20):
        rest = half_square * (_ONE - np.float32(2 / 3) * f) - (exponent * _LN2_LOW + lost)
    else:
        ratio = f / (_TWO + f)
        square = ratio * ratio
        series = np.float32(0)
        for coefficient in reversed(_COEFFICIENTS):
            series = square * (coefficient + series)
        rest = half_square - (ratio * (half_square + series) + (exponent * _LN2_LOW + lost))
    result: np.float32 = exponent * _LN2_HIGH - (rest - f)
    return result


def _reduced(x: np.float32) -> tuple[np.float32, np.float32, np.float32]:
    """`exponent`, `f` and `lost`: 1 + x = 2 ** exponent * (1 + f) + what rounding 1 + x lost, the latter relative to 1 + x."""
    whole = np.float32(_ONE + x)
    mantissa, power = math.frexp(float(whole))  # 0.5 <= mantissa < 1
    scaled, exponent = np.float32(2 * mantissa), power - 1
    lost = _ONE - (whole - x) if exponent > 0 else x - (whole - _ONE)
    if scaled >= np.float32(math.sqrt(2)):
        scaled, exponent = scaled * _HALF, exponent + 1
    return np.float32(exponent), scaled - _ONE, np.float32(lost / whole)
