"""The stages between the spectrum and the features, on arrays whose last dimension is the frames or the bands."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from mcu_toolkit.frontend.description import MFCC_ZERO, SNR_BITS
from mcu_toolkit.frontend.tables import (
    COSINE_FRACTION_BITS,
    LOG_FRACTION_BITS,
    LOG_SEGMENTS,
    SMOOTHING_FRACTION_BITS,
    Filterbank,
    Shares,
    bit_lengths,
    gain_of,
    log_corrections,
)

PCAN_OUTPUT_BITS = 6
LOG_OF_2 = 45426
"""ln 2 with 16 fraction bits."""
_MASK32 = np.int64(0xFFFFFFFF)
Int64s = npt.NDArray[np.int64]


def band_energies(real: npt.NDArray[np.int16], imaginary: npt.NDArray[np.int16], bank: Filterbank) -> Int64s:
    """The energies of the bands, int64 [bands, frames] (49 bits at most), of a spectrum [bins, frames]."""
    bins = slice(bank.first, bank.first + len(bank.rising))
    a, b = real[bins].astype(np.int64), imaginary[bins].astype(np.int64)
    energy = a * a + b * b
    rising, falling = energy * bank.rising[:, None], energy * bank.falling[:, None]
    sums = np.zeros((2, len(bank.ends), energy.shape[1]), np.int64)
    starts = np.concatenate([[0], bank.ends[:-1]])
    full = np.flatnonzero(bank.ends > starts)  # reduceat takes an empty range for one of one bin
    for out, side in zip(sums, (rising, falling), strict=True):
        out[full] = np.add.reduceat(side, starts[full], axis=0)
    return np.asarray(sums[0, 1:] + sums[1, :-1])


def rounded_root(values: Int64s) -> Int64s:
    """Square roots to the nearest integer; of values below 2 ** 32 at most 0xFFFF, as the reference has it."""
    root = np.sqrt(values.astype(np.float64)).astype(np.int64)
    root -= root * root > values  # the double's root may have been rounded up to an integer
    rest = values - root * root
    short = values <= _MASK32
    root += (rest > root) & ~(short & (root == 0xFFFF))
    return root


class NoiseEstimate:
    """The noise reduction's memory: one estimate a band."""

    def __init__(self, shares: Shares, smoothing_bits: int, bands: int) -> None:
        self._remaining = shares.remaining
        self._bits = smoothing_bits
        self._share = np.where(np.arange(bands) % 2 == 0, shares.even, shares.odd).astype(np.int64)
        self._estimate = np.zeros(bands, np.int64)

    def reduce(self, signal: Int64s) -> tuple[Int64s, Int64s]:
        """The signal without the noise and the noise estimated, both int64 [frames, bands]; one frame after the other."""
        scaled = (signal << self._bits) & _MASK32
        newest = scaled * self._share
        kept = (1 << SMOOTHING_FRACTION_BITS) - self._share
        noise = np.empty_like(signal)
        estimate = self._estimate
        for row, now in zip(noise, newest, strict=True):
            np.multiply(estimate, kept, out=row)
            np.add(row, now, out=row)
            np.right_shift(row, SMOOTHING_FRACTION_BITS, out=row)
            estimate = row
        self._estimate = estimate.copy()
        least = (signal * self._remaining) >> SMOOTHING_FRACTION_BITS
        return np.maximum((scaled - np.minimum(noise, scaled)) >> self._bits, least), noise


def pcan(signal: Int64s, noise: Int64s, curve: npt.NDArray[np.int16], gain_shift: int) -> Int64s:
    """The signal with the gain that the noise calls for, [frames, bands]; `gain_shift`: fraction bits that the product has too many."""
    ratio = ((signal * gain_of(noise, curve)) >> gain_shift) & _MASK32
    small = (ratio * ratio) >> (2 + 2 * SNR_BITS - PCAN_OUTPUT_BITS)
    large = (ratio >> (SNR_BITS - PCAN_OUTPUT_BITS)) - (1 << PCAN_OUTPUT_BITS)
    return np.asarray(np.where(ratio < 2 << SNR_BITS, small, large))


def logarithm(signal: Int64s, correction_bits: int, scale_shift: int) -> Int64s:
    """ln(signal * 2 ** correction_bits) * 2 ** scale_shift by linear interpolation; 0 for what is at most 1."""
    value = (signal << correction_bits) & _MASK32 if correction_bits >= 0 else signal >> -correction_bits
    whole = np.maximum(bit_lengths(value) - 1, 0)
    rest = value - (np.int64(1) << whole)
    rest = np.where(
        whole < LOG_FRACTION_BITS, rest << np.maximum(LOG_FRACTION_BITS - whole, 0), rest >> np.maximum(whole - LOG_FRACTION_BITS, 0)
    )
    segment_bits = LOG_FRACTION_BITS - int(math.log2(LOG_SEGMENTS))
    table = log_corrections().astype(np.int64)
    segment = np.maximum(rest, 0) >> segment_bits
    start = table[segment]
    between = ((table[segment + 1] - start) * (rest - (segment << segment_bits))) >> LOG_FRACTION_BITS
    log2 = (whole << LOG_FRACTION_BITS) + rest + start + between
    half = 1 << (LOG_FRACTION_BITS - 1)
    natural = (LOG_OF_2 * log2 + half) >> LOG_FRACTION_BITS
    return np.asarray(np.where(value > 1, ((natural << scale_shift) + half) >> LOG_FRACTION_BITS, 0))


def cepstrum(logs: Int64s, cosines: npt.NDArray[np.int16]) -> Int64s:
    """The cosine transform of `logs` [frames, bands] (16 bits each, not negative), around `MFCC_ZERO`: int64 [frames, coefficients]."""
    sums = logs @ cosines.T.astype(np.int64)
    half = 1 << (COSINE_FRACTION_BITS - 1)
    return np.asarray(np.maximum(((sums + half) >> COSINE_FRACTION_BITS) + MFCC_ZERO, 0))
