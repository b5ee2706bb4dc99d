"""What is computed from a sound before a model sees it: data, not code, so that Python and C do the same integer arithmetic.

The stages and their integers are those of the audio front end of TensorFlow Lite Micro (tensorflow/lite/experimental/microfrontend),
of which `micro_frontend` is one setting:

    samples -> window -> FFT -> energy in mel bands -> square root -> noise reduction -> automatic gain (PCAN) -> logarithm

That library ends here; a cosine transform may follow, which makes mel-frequency cepstral coefficients (MFCC).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction

from mcu_toolkit.errors import InputError
from mcu_toolkit.system.records import OPTIONAL

FRACTION_BITS_OF_WEIGHTS = 12
"""Of the window's coefficients and of the bands' weights."""
SNR_BITS = 12
"""Fraction bits of a band's ratio to its noise in the automatic gain."""
MFCC_ZERO = 1 << 15
"""The feature of a coefficient that is 0."""
_RATES_HZ = 4_000, 192_000
_FFT_SIZES = 32, 4096
_MOST_BANDS = 256
_MOST_LOG_SHIFT = 11
"""The largest logarithm of 32 bits has 21 bits before it is shifted."""
_WHOLE = Fraction(1, 1_000_000)
"""How far from a whole number of samples a duration may be: what 16 digits of milliseconds leave."""


@dataclass(frozen=True)
class NoiseReduction:
    """An estimate of each band's noise, a low-pass filter over time, is taken off; something of the signal always remains."""

    smoothing_bits: int = 10
    """Fraction bits of the estimate."""
    even_smoothing: float = 0.025
    """Share of the newest frame in the estimate, for bands 0, 2, 4 ..."""
    odd_smoothing: float = 0.06
    """The same for bands 1, 3, 5 ..."""
    min_signal_remaining: float = 0.05
    """The least share of the signal that stays."""

    def __post_init__(self) -> None:
        _between("noise_reduction.smoothing_bits", self.smoothing_bits, 0, 15)
        for name in ("even_smoothing", "odd_smoothing", "min_signal_remaining"):
            _between(f"noise_reduction.{name}", getattr(self, name), 0, 1)


@dataclass(frozen=True)
class Pcan:
    """Per-channel amplitude normalization: each band is divided by (noise + offset) ** strength, then compressed."""

    strength: float = 0.95
    offset: float = 80.0
    gain_bits: int = 21

    def __post_init__(self) -> None:
        _between("pcan.strength", self.strength, 0, 2)
        _between("pcan.offset", self.offset, 1, 1_000_000)
        _between("pcan.gain_bits", self.gain_bits, 0, 31)


@dataclass(frozen=True)
class Log:
    """The natural logarithm, times 2 ** scale_shift."""

    scale_shift: int = 6

    def __post_init__(self) -> None:
        _between("log.scale_shift", self.scale_shift, 0, _MOST_LOG_SHIFT)


@dataclass(frozen=True)
class Mfcc:
    """The first coefficients of the cosine transform (DCT-II, each times sqrt(2 / bands)) of the bands' logarithms.

    They have signs: a feature is the coefficient plus `MFCC_ZERO`, so that features are uint16 with every front end.
    """

    coefficients: int = 10

    def __post_init__(self) -> None:
        _between("mfcc.coefficients", self.coefficients, 1, _MOST_BANDS)


@dataclass(frozen=True)
class AudioFrontend:
    """int16 samples of one channel to features, uint16 [frames, features].  A stage that is None is left out."""

    sample_rate_hz: int
    window_ms: float
    hop_ms: float
    bands: int
    lower_hz: float
    upper_hz: float
    fft_size: int | None = field(default=None, metadata=OPTIONAL)
    """A power of two; None: the least one that takes the window."""
    noise_reduction: NoiseReduction | None = field(default=None, metadata=OPTIONAL)
    pcan: Pcan | None = field(default=None, metadata=OPTIONAL)
    log: Log | None = field(default=None, metadata=OPTIONAL)
    mfcc: Mfcc | None = field(default=None, metadata=OPTIONAL)

    def __post_init__(self) -> None:
        _between("sample_rate_hz", self.sample_rate_hz, *_RATES_HZ)
        for name in ("window_ms", "hop_ms"):
            _between(name, getattr(self, name), 0.1, 1000)
            _whole_samples(name, getattr(self, name), self.sample_rate_hz)
        _require(self.hop_samples <= self.window_samples, f"hop_ms {self.hop_ms:g}", f"at most window_ms, {self.window_ms:g}")
        size = self.fft_samples
        _require(size & (size - 1) == 0, f"fft_size {size}", "a power of two")
        _between("fft_size", size, *_FFT_SIZES)
        _require(self.window_samples <= size, f"a window of {self.window_samples} samples", f"at most fft_size, {size}")
        _between("bands", self.bands, 1, _MOST_BANDS)
        nyquist = self.sample_rate_hz / 2
        _require(0 <= self.lower_hz < self.upper_hz, f"bands from {self.lower_hz:g} to {self.upper_hz:g} Hz", "lower_hz below upper_hz")
        _require(self.upper_hz < nyquist, f"upper_hz {self.upper_hz:g}", f"less than half of the sample rate, {nyquist:g}")
        if self.pcan is not None:
            _require(self.noise_reduction is not None, "pcan without noise_reduction", "both: the gain follows the estimated noise")
            least = max(0, self.correction_bits + SNR_BITS)
            _require(self.pcan.gain_bits >= least, f"pcan.gain_bits {self.pcan.gain_bits}", f"at least {least} with fft_size {size}")
            assert self.noise_reduction is not None
            bits = self.noise_reduction.smoothing_bits
            _require(bits >= self.correction_bits, f"smoothing_bits {bits}", f"at least {self.correction_bits} with pcan")
        if self.mfcc is not None:
            _require(self.log is not None, "mfcc without log", "both: the coefficients are those of logarithms")
            count = self.mfcc.coefficients
            _require(count <= self.bands, f"mfcc.coefficients {count}", f"at most bands, {self.bands}")

    @property
    def window_samples(self) -> int:
        """Samples that a frame is computed from."""
        return round(self.window_ms * self.sample_rate_hz / 1000)

    @property
    def hop_samples(self) -> int:
        """Samples from one frame to the next."""
        return round(self.hop_ms * self.sample_rate_hz / 1000)

    @property
    def features(self) -> int:
        """Features of a frame: one a band, or one a coefficient."""
        return self.bands if self.mfcc is None else self.mfcc.coefficients

    @property
    def fft_samples(self) -> int:
        """The size of the FFT; what the window does not fill is zero."""
        return self.fft_size if self.fft_size is not None else 1 << max(self.window_samples - 1, 0).bit_length()

    @property
    def correction_bits(self) -> int:
        """By how many bits the FFT and the bands' weights make the features smaller, all in all: the square root halves the latter's."""
        return self.fft_samples.bit_length() - 1 - FRACTION_BITS_OF_WEIGHTS // 2

    def frames_in(self, samples: int) -> int:
        """How many frames `samples` samples make."""
        return 0 if samples < self.window_samples else 1 + (samples - self.window_samples) // self.hop_samples

    def samples_for(self, frames: int) -> int:
        """How many samples `frames` frames (at least one) take."""
        return self.window_samples + (frames - 1) * self.hop_samples

    def lines(self) -> list[str]:
        """For people, a line a fact."""
        named = ("noise reduction", self.noise_reduction), ("PCAN", self.pcan), ("logarithm", self.log)
        stages = [name for name, stage in named if stage]
        stages += [f"{self.mfcc.coefficients} MFCC"] if self.mfcc is not None else []
        return [
            f"{self.sample_rate_hz:,} Hz, windows of {self.window_ms:g} ms every {self.hop_ms:g} ms, FFT of {self.fft_samples}",
            f"{self.bands} mel bands from {self.lower_hz:g} to {self.upper_hz:g} Hz" + "".join(f", {name}" for name in stages),
        ]


def _whole_samples(name: str, duration_ms: float, sample_rate_hz: int) -> None:
    """Refuse a duration that is no whole number of samples: rounding it here and there would be two front ends."""
    samples = Fraction(str(duration_ms)) * sample_rate_hz / 1000
    if abs(samples - round(samples)) > _WHOLE or round(samples) < 1:
        raise InputError(
            f"front end: {name} {duration_ms:g} is {float(samples):g} samples at {sample_rate_hz} Hz",
            expected="a whole number of samples",
            hint=f"{name} = {max(round(samples), 1) * 1000 / sample_rate_hz!r}",
        )


def _between(name: str, value: float, least: float, most: float) -> None:
    _require(math.isfinite(value) and least <= value <= most, f"{name} {value:g}", f"{least:g} to {most:g}")


def _require(good: bool, what: str, expected: str) -> None:
    if not good:
        raise InputError(f"front end: {what}", expected=expected)
