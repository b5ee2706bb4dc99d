"""A real FFT in 16-bit integers, many frames at once: the roundings of KISS FFT with FIXED_POINT=16, which TFLM's front end uses.

Each stage of the complex FFT divides by its radix first, so the result is the spectrum divided by the size.  Arrays are
[position, frame]: what a butterfly combines is then contiguous, however small the butterfly.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.frontend.tables import split_twiddles, twiddles

_HALF = 1 << 14
"""Of the 15 fraction bits that a product has too many."""
Int16s = npt.NDArray[np.int16]
Int32s = npt.NDArray[np.int32]


def radices(size: int) -> tuple[int, ...]:
    """The radices of a complex FFT of `size`, a power of two, from the last stage to the first: fours, then one two if needed."""
    found = []
    while size > 1:
        found.append(4 if size % 4 == 0 else 2)
        size //= found[-1]
    return tuple(found)


@lru_cache(maxsize=16)
def input_order(size: int) -> npt.NDArray[np.intp]:
    """For each position of the first stage's data the position of the input that goes there."""
    order = np.zeros(1, np.intp)
    for radix in reversed(radices(size)):
        order = np.concatenate([order * radix + offset for offset in range(radix)])
    return order


def real_fft(samples: Int16s) -> tuple[Int16s, Int16s]:
    """Real and imaginary parts, int16 [size / 2 + 1, frames], of the spectrum (divided by size) of int16 [size, frames]."""
    size = samples.shape[0] // 2
    pairs = samples.reshape(size, 2, -1)[input_order(size)]
    real, imaginary = np.ascontiguousarray(pairs[:, 0]), np.ascontiguousarray(pairs[:, 1])
    length = 1
    for radix in reversed(radices(size)):
        real, imaginary = (_stage_of_4 if radix == 4 else _first_stage_of_2)(real, imaginary, length)
        length *= radix
    return _split(real, imaginary)


def _divided(values: npt.NDArray[Any], divisor: int) -> Int32s:
    """Rounded, by the reciprocal in 15 bits."""
    wide = values.astype(np.int32)
    wide *= 32767 // divisor
    _round(wide)
    return wide


def _first_stage_of_2(real: Int16s, imaginary: Int16s, length: int) -> tuple[Int16s, Int16s]:
    """Only ever the first stage, whose factors are one."""
    assert length == 1
    return _pairs(real), _pairs(imaginary)


def _pairs(values: Int16s) -> Int16s:
    a = _divided(values, 2).reshape(-1, 2, values.shape[1])
    out = np.empty(a.shape, np.int16)
    np.add(a[:, 0], a[:, 1], out=out[:, 0], casting="unsafe")
    np.subtract(a[:, 0], a[:, 1], out=out[:, 1], casting="unsafe")
    return out.reshape(values.shape)


def _stage_of_4(real: Int16s, imaginary: Int16s, length: int) -> tuple[Int16s, Int16s]:
    """Four FFTs of `length` become one; sums that leave 16 bits wrap around, as they do there."""
    shape = (-1, 4, length, real.shape[1])
    a, b = _divided(real, 4).reshape(shape), _divided(imaginary, 4).reshape(shape)
    if length > 1:  # a factor of one (32767) changes no value below 2 ** 14
        factors = _factors(length)
        for leg in (1, 2, 3):
            _multiply(a[:, leg], b[:, leg], factors[leg - 1, 0], factors[leg - 1, 1])
    out_real, out_imaginary = np.empty(a.shape, np.int16), np.empty(a.shape, np.int16)
    even, odd = a[:, 0] - a[:, 2], b[:, 0] - b[:, 2]
    a[:, 0] += a[:, 2]
    b[:, 0] += b[:, 2]
    across, up = a[:, 1] - a[:, 3], b[:, 1] - b[:, 3]
    a[:, 1] += a[:, 3]
    b[:, 1] += b[:, 3]
    for out, first, second in ((out_real, a[:, 0], a[:, 1]), (out_imaginary, b[:, 0], b[:, 1])):
        np.add(first, second, out=out[:, 0], casting="unsafe")
        np.subtract(first, second, out=out[:, 2], casting="unsafe")
    np.add(even, up, out=out_real[:, 1], casting="unsafe")
    np.subtract(even, up, out=out_real[:, 3], casting="unsafe")
    np.subtract(odd, across, out=out_imaginary[:, 1], casting="unsafe")
    np.add(odd, across, out=out_imaginary[:, 3], casting="unsafe")
    return out_real.reshape(real.shape), out_imaginary.reshape(real.shape)


@lru_cache(maxsize=16)
def _factors(length: int) -> Int32s:
    """[leg 1 .. 3, real and imaginary, length, 1]."""
    table = twiddles(4 * length).astype(np.int32)
    return np.stack([table[: leg * length : leg].T for leg in (1, 2, 3)])[..., None]


def _multiply(real: Int32s, imaginary: Int32s, factor_real: Int32s, factor_imaginary: Int32s) -> None:
    """Complex products, rounded, in place."""
    mixed = real * factor_imaginary
    real *= factor_real
    real -= imaginary * factor_imaginary
    imaginary *= factor_real
    imaginary += mixed
    _round(real)
    _round(imaginary)


def _round(products: Int32s) -> None:
    """15 fraction bits to none, in place."""
    products += _HALF
    products >>= 15


def _split(real: Int16s, imaginary: Int16s) -> tuple[Int16s, Int16s]:
    """The spectrum of the real samples whose even ones were the real parts, the odd ones the imaginary parts."""
    size, frames = real.shape
    half = size // 2
    out_real, out_imaginary = np.zeros((size + 1, frames), np.int16), np.zeros((size + 1, frames), np.int16)
    first_real, first_imaginary = _divided(real[0], 2), _divided(imaginary[0], 2)
    out_real[0], out_real[size] = first_real + first_imaginary, first_real - first_imaginary
    below = slice(1, half + 1)
    a, b = _divided(real[below], 2), _divided(imaginary[below], 2)
    c, d = _divided(real[: half - 1 : -1], 2), _divided(-imaginary[: half - 1 : -1], 2)
    sum_real, sum_imaginary = a + c, b + d
    a -= c
    b -= d
    factors = split_twiddles(size).astype(np.int32)
    _multiply(a, b, factors[:, :1], factors[:, 1:])
    a, b = a.astype(np.int16).astype(np.int32), b.astype(np.int16).astype(np.int32)  # the products wrap around at 16 bits
    out_real[below], out_imaginary[below] = (sum_real + a) >> 1, (sum_imaginary + b) >> 1
    # Backwards, and last: the middle is in both halves, and there the second one counts.
    out_real[size - 1 : half - 1 : -1], out_imaginary[size - 1 : half - 1 : -1] = (sum_real - a) >> 1, (b - sum_imaginary) >> 1
    return out_real, out_imaginary
