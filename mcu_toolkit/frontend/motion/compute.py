"""A motion front end in Python: features of whole recordings, or of readings as they come in."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from mcu_toolkit.errors import InputError
from mcu_toolkit.frontend.description import FRACTION_BITS_OF_WEIGHTS
from mcu_toolkit.frontend.fixed_fft import real_fft
from mcu_toolkit.frontend.motion.description import SIGNED_ZERO, MotionFrontend
from mcu_toolkit.frontend.motion.filters import memory_of
from mcu_toolkit.frontend.stages import rounded_root
from mcu_toolkit.frontend.tables import bit_lengths, hann

ENERGY_BITS = 6
"""By how many bits energies are shifted to the left before their root: small movements keep three bits of it."""
_FEATURE_MAX = 0xFFFF
Int16s = npt.NDArray[np.int16]
Int64s = npt.NDArray[np.int64]
Features = npt.NDArray[np.uint16]


def motion_features(readings: Int16s, frontend: MotionFrontend) -> Features:
    """The features of one recording from its beginning, uint16 [windows, features], of int16 [samples, axes]."""
    return MotionStream(frontend).push(readings)


def readings_of(values: npt.NDArray[np.floating[Any]], frontend: MotionFrontend) -> Int16s:
    """Real values [samples, axes] as int16, rounded to the nearest integer and cut off where they leave 16 bits."""
    scaled = np.rint(values.astype(np.float64) * np.asarray(frontend.counts_per_unit, np.float64))
    return np.clip(scaled, -32768, 32767).astype(np.int16)


class MotionStream:
    """A front end with its memory: however readings are cut into pieces, the features are the same."""

    def __init__(self, frontend: MotionFrontend) -> None:
        self.frontend = frontend
        self._filters = [[memory_of(one, frontend.sample_rate_hz) for one in frontend.filters] for _ in frontend.axes]
        self._rest = np.zeros((0, len(frontend.axes)), np.int16)

    def push(self, readings: Int16s) -> Features:
        """The features of the windows that `readings`, int16 [samples, axes], complete: uint16 [windows, features], possibly none."""
        frontend = self.frontend
        if readings.ndim != 2 or readings.shape[1] != len(frontend.axes) or readings.dtype != np.int16:
            found = f"readings of type {readings.dtype} and shape {list(readings.shape)}"
            raise InputError(found, expected=f"int16 readings of {len(frontend.axes)} axes")
        columns = []
        for axis, filters in enumerate(self._filters):
            column = np.ascontiguousarray(readings[:, axis])
            for one in filters:
                column = one.push(column)
            columns.append(column)
        data = np.concatenate([self._rest, np.stack(columns, axis=1)])
        count = frontend.windows_in(len(data))
        self._rest = data[count * frontend.hop_samples :].copy()
        if not count:
            return np.zeros((0, frontend.features), np.uint16)
        windows = sliding_window_view(data, frontend.window_samples, axis=0)[:: frontend.hop_samples]  # [windows, axes, samples]
        of_axes = [_of_axis(np.ascontiguousarray(windows[:, axis]), frontend) for axis in range(len(frontend.axes))]
        return np.concatenate(of_axes, axis=1)


def _of_axis(windows: Int16s, frontend: MotionFrontend) -> Features:
    """Statistics and spectral bands of one axis, uint16 [windows, ...], of [windows, samples]."""
    x = windows.astype(np.int64)
    size = x.shape[1]
    total, squares = x.sum(axis=1), (x * x).sum(axis=1)
    smallest, largest = x.min(axis=1), x.max(axis=1)
    mean = (total + SIGNED_ZERO * size + size // 2) // size
    found = {
        "mean": mean,
        "std": _divided(rounded_root(size * squares - total * total), size),
        "min": smallest + SIGNED_ZERO,
        "max": largest + SIGNED_ZERO,
        "rms": _divided(rounded_root(size * squares), size),
        "zero_crossings": ((x[:, 1:] < 0) != (x[:, :-1] < 0)).sum(axis=1),
        "peak_to_peak": largest - smallest,
    }
    columns = [found[name] for name in frontend.statistics]
    if frontend.spectrum is not None:
        columns += list(_bands(x - (mean - SIGNED_ZERO)[:, None], frontend))
    return np.asarray(np.minimum(np.stack(columns, axis=1), _FEATURE_MAX), np.uint16)


def _divided(values: Int64s, size: int) -> Int64s:
    return np.asarray((values + size // 2) // size)


def _bands(x: Int64s, frontend: MotionFrontend) -> Int64s:
    """The root of the energy in each band, int64 [bands, windows], of [windows, samples] without their mean."""
    samples = np.clip(x, -32768, 32767).T
    products = (samples * hann(frontend.window_samples)[:, None].astype(np.int64)) >> FRACTION_BITS_OF_WEIGHTS
    values = np.zeros((frontend.fft_samples, products.shape[1]), np.int16)
    values[: len(products)] = products
    # As in the audio front end: -32768 does not count as a peak.
    shift = 15 - bit_lengths(np.maximum(np.abs(values).max(axis=0), 0).astype(np.int64))
    values <<= shift.astype(np.int16)
    real, imaginary = (part.astype(np.int64) for part in real_fft(values))
    energies = real * real + imaginary * imaginary
    edges = frontend.band_edges
    sums = np.add.reduceat(energies[: edges[-1]], edges[:-1], axis=0)
    return np.asarray(rounded_root(sums << ENERGY_BITS) >> shift)
