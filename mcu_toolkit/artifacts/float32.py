"""Numbers of a data file that float32, which models compute with, cannot hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.errors import InputError


def refuse_too_large(given: npt.NDArray[Any], converted: npt.NDArray[Any], name: str, on: object) -> None:
    """Raise InputError where finite values of the array `name`, as `given`, became infinite when `converted` to float32."""
    lost = np.isfinite(given) & ~np.isfinite(converted)
    if lost.any():
        first = tuple(np.argwhere(lost)[0])
        raise InputError(
            f"'{name}' holds {int(lost.sum())} values too large for float32, the first is {given[first]:g} in sample {int(first[0])}",
            on=on,
            expected=f"numbers of at most {np.finfo(np.float32).max:.4g}",
        )
