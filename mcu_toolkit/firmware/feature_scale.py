"""Features to a model's stored integers without floating point: (feature * multiplier + addend) >> shift, clamped.

What a host computes, `quantize(preprocessing.apply(feature))`, is a table of 65,536 integers that mostly lie on a line.  The
multiplier, addend and shift here give all of them, each compared before it is used; where none do, C computes as the host does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.artifacts.real_values import quantize
from mcu_toolkit.model import Tensor

_FEATURES = 1 << 16
_MOST_SHIFT = 24
_INT32_MAX = 2**31 - 1


@dataclass(frozen=True)
class FixedPoint:
    """All sums fit int32."""

    multiplier: int
    addend: int
    shift: int

    def apply(self, features: npt.NDArray[np.int64], least: int, most: int) -> npt.NDArray[np.int64]:
        """As C computes it, by an arithmetic shift."""
        return np.asarray(np.clip((features * self.multiplier + self.addend) >> self.shift, least, most))


def fixed_point(preprocessing: Preprocessing, tensor: Tensor) -> FixedPoint | None:
    """The numbers for one mean and one scale and an integer input; None where there are no such numbers."""
    if preprocessing.channels != 1 or tensor.dtype.numpy.kind not in "iu" or preprocessing.scale[0] <= 0:
        return None
    features = np.arange(_FEATURES, dtype=np.int64)
    real = preprocessing.apply(features.astype(np.uint16)[:, np.newaxis])[:, 0]
    stored = quantize(real, tensor).astype(np.int64)
    limits = np.iinfo(tensor.dtype.numpy)
    least, most = int(limits.min), int(limits.max)
    assert tensor.quantization is not None
    slope = preprocessing.scale[0] / tensor.quantization.scale
    return next(
        (one for one in _candidates(features, stored, slope, least, most) if np.array_equal(one.apply(features, least, most), stored)), None
    )


def _candidates(
    features: npt.NDArray[np.int64], stored: npt.NDArray[np.int64], slope: float, least: int, most: int
) -> Iterator[FixedPoint]:
    for shift in range(_MOST_SHIFT + 1):
        multiplier = round(slope * (1 << shift))
        if multiplier == 0:
            continue
        low, high = (stored << shift) - features * multiplier, ((stored + 1) << shift) - features * multiplier - 1
        lower, upper = low[stored > least], high[stored < most]
        if len(lower) == 0 or len(upper) == 0 or int(lower.max()) > int(upper.min()):
            continue
        addend = (int(lower.max()) + int(upper.min())) // 2
        if int(features[-1]) * multiplier + abs(addend) <= _INT32_MAX:
            yield FixedPoint(multiplier, addend, shift)
