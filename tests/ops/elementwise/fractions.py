"""Floats around whole numbers and halves, tiny and huge ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def fractions(random: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any], _point: int) -> npt.NDArray[Any]:
    """Halves, neighbours of halves, both zeros, and anything."""
    halves = (random.integers(-9, 10, shape) / 2).astype(dtype)
    near = np.nextafter(halves, random.choice(np.array([-np.inf, np.inf], dtype), shape), dtype=dtype)
    anything = (random.standard_normal(shape) * 10.0 ** random.integers(-38, 18, shape)).astype(dtype)
    zeros = random.choice(np.array([-0.0, 0.0], dtype), shape)
    drawn: npt.NDArray[Any] = np.choose(random.integers(0, 4, shape), [halves, near, anything, zeros])
    return drawn
