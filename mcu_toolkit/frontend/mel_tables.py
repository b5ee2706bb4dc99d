"""Tables of mel_energies.py and mel_energies.h: computed in double precision and rounded once to float32."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

WINDOW_SAMPLES: Final = 1024
POINTS: Final = WINDOW_SAMPLES // 2
"""Of the complex FFT; also the bins of the spectrum that are used, for the last one has no weight in any band."""
Float32s = npt.NDArray[np.float32]

WINDOW: Final[Float32s] = (0.54 - 0.46 * np.cos(2 * np.pi * np.arange(POINTS) / (WINDOW_SAMPLES - 1))).astype(np.float32)
"""[512]: the first half of a symmetric Hamming window."""
COSINES: Final[Float32s] = np.cos(2 * np.pi * np.arange(POINTS // 2 + 1) / WINDOW_SAMPLES).astype(np.float32)
"""[257]: a quarter of a turn."""


@dataclass(frozen=True)
class MelBand:
    """A triangular band: `weights` [bins] of the spectrum's bins from `first` on."""

    first: int
    weights: Float32s


@lru_cache(maxsize=4)
def mel_bands(bands: int, rate_hz: int) -> tuple[MelBand, ...]:
    """Bands between 0 and half of the sample rate, equally wide in mel, 1127 ln(1 + f / 700), as `tf.signal` makes them.

    Their slopes are straight in mel; the bin at 0 Hz belongs to none.
    """
    mel = 1127 * np.log1p(np.arange(POINTS) * rate_hz / WINDOW_SAMPLES / 700)
    edges = np.linspace(0, 1127 * np.log1p(rate_hz / 2 / 700), bands + 2)
    found = []
    for low, middle, high in zip(edges, edges[1:], edges[2:], strict=False):
        weights = np.maximum(0, np.minimum((mel - low) / (middle - low), (high - mel) / (high - middle)))
        weights[0] = 0
        [inside] = np.nonzero(weights)
        found.append(MelBand(int(inside[0]), weights[inside[0] : inside[-1] + 1].astype(np.float32)))
    return tuple(found)
