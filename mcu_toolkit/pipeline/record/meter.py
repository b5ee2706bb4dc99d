"""How loud it is, while it is recorded."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

_FLOOR_DB = -60.0
_WIDTH = 20
FULL_SCALE = 32768
BLOCKS = " ▁▂▃▄▅▆▇█"


def level_db(numbers: npt.NDArray[np.int16]) -> float:
    """The largest number without its mean, in decibels of full scale; -inf for silence."""
    if not numbers.size:
        return -math.inf
    centred = numbers.astype(np.float64) - numbers.mean(axis=0)
    peak = float(np.abs(centred).max())
    return 20 * math.log10(peak / FULL_SCALE) if peak > 0 else -math.inf


def meter(numbers: npt.NDArray[np.int16]) -> str:
    """A bar and a number."""
    db = level_db(numbers)
    filled = round(_WIDTH * min(1.0, max(0.0, 1 - db / _FLOOR_DB))) if math.isfinite(db) else 0
    return f"[{'#' * filled}{'.' * (_WIDTH - filled)}] {f'{db:5.1f} dB' if math.isfinite(db) else ' silent'}"


def bars(values: npt.NDArray[np.float64], most: float) -> str:
    """A block of a height for each value, `most` being the highest."""
    steps = np.clip(np.rint(values / max(most, 1e-12) * (len(BLOCKS) - 1)), 0, len(BLOCKS) - 1).astype(int)
    return "".join(BLOCKS[step] for step in steps.tolist())
