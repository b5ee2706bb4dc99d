"""What `mcu train anomaly` keeps in its data file beside the usual arrays: by it the threshold of a quantized model is chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

VALIDATION = "validation"
"""Normal windows, uint16 [windows, features], that nothing was trained or tested with."""
NORMAL_TEST = "x"
"""Normal windows of the test."""
ANOMALIES = "anomalies"
"""Windows of anomalies; left out where there are none."""
OF_RECORDING: Mapping[str, str] = MappingProxyType({NORMAL_TEST: "recording", ANOMALIES: "anomalies_recording"})
"""By array of windows the array that numbers the recording of each, int64 [windows]."""
MOST = 2000
"""Windows of an array, however many there are."""
Windows = npt.NDArray[np.uint16]


def drawn(recordings: Sequence[Windows], order: np.random.Generator) -> tuple[Windows, npt.NDArray[np.int64]]:
    """Up to `MOST` windows of `recordings`, in their order, and which recording each is of."""
    windows = np.concatenate(recordings)
    numbers = np.repeat(np.arange(len(recordings)), [len(one) for one in recordings]).astype(np.int64)
    chosen = np.sort(order.permutation(len(windows))[:MOST])
    return windows[chosen], numbers[chosen]
