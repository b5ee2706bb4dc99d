"""Variables of `mel_tables.h.j2`: the tables of the streaming wake word's features as lines of C."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcu_toolkit.frontend.mel_energies import BANDS, HOP_SAMPLES, RATE_HZ, MelQuantization
from mcu_toolkit.frontend.mel_tables import COSINES, WINDOW, WINDOW_SAMPLES, mel_bands

_COLUMNS = 8


@dataclass(frozen=True)
class MelTables:
    """Rows are texts with the numbers of one line, sizes those of whole tables."""

    window_samples: int
    hop_samples: int
    bands: int
    window: tuple[str, ...]
    window_size: int
    cosines: tuple[str, ...]
    cosines_size: int
    band_first: tuple[str, ...]
    band_bins: tuple[str, ...]
    weights: tuple[str, ...]
    weights_size: int
    steps: tuple[str, ...]
    steps_size: int

    @classmethod
    def of(cls, quantization: MelQuantization) -> MelTables:
        """The tables for a model whose features are stored in this way."""
        bands, steps = mel_bands(BANDS, RATE_HZ), quantization.steps
        weights = np.concatenate([band.weights for band in bands])
        return cls(
            *(WINDOW_SAMPLES, HOP_SAMPLES, BANDS),
            *(_floats(WINDOW), len(WINDOW)),
            *(_floats(COSINES), len(COSINES)),
            _rows([str(band.first) for band in bands]),
            _rows([str(len(band.weights)) for band in bands]),
            *(_floats(weights), len(weights)),
            *(_floats(steps), len(steps)),
        )


def _floats(values: npt.NDArray[np.float32]) -> tuple[str, ...]:
    """With nine digits, from which every float32 comes back as it was."""
    return _rows([f"{value:.8e}f" for value in values.tolist()])


def _rows(numbers: list[str]) -> tuple[str, ...]:
    return tuple(", ".join(numbers[at : at + _COLUMNS]) for at in range(0, len(numbers), _COLUMNS))
