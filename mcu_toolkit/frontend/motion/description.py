"""What is computed from readings of an accelerometer or gyroscope before a model sees them: data, so that Python and C compute the same.

    readings -> filters, one after the other -> windows -> statistics of each axis, and energy in bands of its spectrum

A reading is an int16 for each axis: the real value times `counts_per_unit`, rounded.  Features are uint16; those that have signs (mean,
minimum, maximum) are the value plus 32768.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field

from mcu_toolkit.errors import InputError
from mcu_toolkit.system.records import OPTIONAL

SIGNED_ZERO = 1 << 15
"""The feature of a mean, minimum or maximum that is 0."""
STATISTICS = ("mean", "std", "min", "max", "rms", "zero_crossings", "peak_to_peak")
HIGH_PASS, LOW_PASS, MOVING_AVERAGE = "high_pass", "low_pass", "moving_average"
_RATES_HZ = 0.1, 100_000
_MOST_AXES, _MOST_FILTERS, _MOST_WINDOW, _MOST_BANDS, _MOST_AVERAGED = 16, 8, 4096, 64, 256
_CUTOFF_SHARES = 0.0005, 0.45
"""Of the sample rate: below, the coefficients' 28 fraction bits do not resolve the filter; above, nothing is left to pass."""
_LEAST_FFT = 32


@dataclass(frozen=True)
class Filter:
    """Applied to every axis: a Butterworth filter of second order, or the mean of the last samples."""

    kind: str
    cutoff_hz: float | None = field(default=None, metadata=OPTIONAL)
    """Where a high pass or low pass lets half of the power through."""
    samples: int | None = field(default=None, metadata=OPTIONAL)
    """Of a moving average."""

    def __post_init__(self) -> None:
        require(self.kind in (HIGH_PASS, LOW_PASS, MOVING_AVERAGE), f"filter '{self.kind:.40}'", "high_pass, low_pass or moving_average")
        if self.kind == MOVING_AVERAGE:
            require(self.cutoff_hz is None and self.samples is not None, "moving_average without samples", "samples, and no cutoff_hz")
            between("samples of moving_average", self.samples or 0, 2, _MOST_AVERAGED)
        else:
            require(self.cutoff_hz is not None and self.samples is None, f"{self.kind} without cutoff_hz", "cutoff_hz, and no samples")


@dataclass(frozen=True)
class Spectrum:
    """The root of the energy in bands of equal width; the window's mean is taken off first."""

    bands: int = 8
    lower_hz: float = 0.0
    upper_hz: float | None = field(default=None, metadata=OPTIONAL)
    """None: half of the sample rate."""

    def __post_init__(self) -> None:
        between("spectrum.bands", self.bands, 1, _MOST_BANDS)
        between("spectrum.lower_hz", self.lower_hz, 0, _RATES_HZ[1])
        if self.upper_hz is not None:
            between("spectrum.upper_hz", self.upper_hz, 0, _RATES_HZ[1])


@dataclass(frozen=True)
class MotionFrontend:
    """Readings, int16 [samples, axes], to features, uint16 [windows, features]."""

    sample_rate_hz: float
    axes: tuple[str, ...]
    """Names of the columns, in the order of a reading."""
    counts_per_unit: tuple[float, ...]
    """What a real value is multiplied by: one for all axes, or one for each."""
    window_samples: int
    hop_samples: int
    """From one window to the next."""
    filters: tuple[Filter, ...] = ()
    statistics: tuple[str, ...] = STATISTICS
    spectrum: Spectrum | None = field(default=None, metadata=OPTIONAL)

    def __post_init__(self) -> None:
        between("sample_rate_hz", self.sample_rate_hz, *_RATES_HZ)
        between("the number of axes", len(self.axes), 1, _MOST_AXES)
        require(len(set(self.axes)) == len(self.axes) and all(self.axes), f"axes {', '.join(self.axes)[:80]}", "each name once")
        require(len(self.counts_per_unit) in (1, len(self.axes)), f"{len(self.counts_per_unit)} counts_per_unit", "one, or one an axis")
        for counts in self.counts_per_unit:
            between("counts_per_unit", counts, 1e-6, 1e9)
        between("window_samples", self.window_samples, 2, _MOST_WINDOW)
        between("hop_samples", self.hop_samples, 1, self.window_samples)
        between("the number of filters", len(self.filters), 0, _MOST_FILTERS)
        for one in self.filters:
            if one.cutoff_hz is not None:
                least, most = (share * self.sample_rate_hz for share in _CUTOFF_SHARES)
                between(f"cutoff_hz of {one.kind}", one.cutoff_hz, least, most)
        wrong = [name for name in self.statistics if name not in STATISTICS]
        require(not wrong, f"statistics '{wrong[0]:.40}'" if wrong else "", ", ".join(STATISTICS))
        require(len(set(self.statistics)) == len(self.statistics), "statistics", "each name once")
        require(bool(self.statistics) or self.spectrum is not None, "neither statistics nor spectrum", "at least one of them")
        if self.spectrum is not None:
            edges = self.band_edges
            shown = f"{self.spectrum.bands} bands in bins {edges[0]} to {edges[-1]}"
            require(all(a < b for a, b in itertools.pairwise(edges)), shown, "at least one bin of the FFT a band")
            require(edges[0] >= 1 and edges[-1] <= self.fft_samples // 2 + 1, shown, "lower_hz from 0, upper_hz to half of sample_rate_hz")

    @property
    def fft_samples(self) -> int:
        """The size of the FFT: the least power of two from 32 that takes the window."""
        return max(_LEAST_FFT, 1 << (self.window_samples - 1).bit_length())

    @property
    def band_edges(self) -> tuple[int, ...]:
        """The first bin of each band, and the one behind the last; bin 0, the mean, is in none."""
        if self.spectrum is None:
            return ()
        bin_hz = self.sample_rate_hz / self.fft_samples
        upper_hz = self.sample_rate_hz / 2 if self.spectrum.upper_hz is None else self.spectrum.upper_hz
        first, last = max(1, math.floor(0.5 + self.spectrum.lower_hz / bin_hz)), math.floor(0.5 + upper_hz / bin_hz) + 1
        return tuple(first + math.floor(0.5 + number * (last - first) / self.spectrum.bands) for number in range(self.spectrum.bands + 1))

    @property
    def names(self) -> tuple[str, ...]:
        """Of the features, in their order."""
        bands = [f"band_{number}" for number in range(len(self.band_edges) - 1)] if self.spectrum is not None else []
        return tuple(f"{axis}.{name}" for axis in self.axes for name in (*self.statistics, *bands))

    @property
    def features(self) -> int:
        """Features of a window."""
        return len(self.names)

    def windows_in(self, samples: int) -> int:
        """How many windows `samples` readings make."""
        return 0 if samples < self.window_samples else 1 + (samples - self.window_samples) // self.hop_samples

    def lines(self) -> list[str]:
        """For people, a line a fact."""
        shown = [one.kind + (f" {one.cutoff_hz:g} Hz" if one.cutoff_hz is not None else f" of {one.samples}") for one in self.filters]
        spectrum = [] if self.spectrum is None else [f"{self.spectrum.bands} spectral bands"]
        window_s, hop_s = self.window_samples / self.sample_rate_hz, self.hop_samples / self.sample_rate_hz
        return [
            f"{len(self.axes)} axes ({', '.join(self.axes)}) at {self.sample_rate_hz:g} Hz, windows of {window_s:g} s every {hop_s:g} s",
            f"filters: {', '.join(shown) or 'none'}; {self.features} features: {', '.join([*self.statistics, *spectrum])}",
        ]


def between(name: str, value: float, least: float, most: float) -> None:
    """Raise InputError for a number that is out of its range."""
    require(math.isfinite(value) and least <= value <= most, f"{name} {value:g}", f"{least:g} to {most:g}")


def require(good: bool, what: str, expected: str) -> None:
    """Raise InputError unless `good`."""
    if not good:
        raise InputError(f"front end: {what}", expected=expected)
