"""Time and seeds for tests marked `fuzz`, which `make fuzz` runs: random cases until each test has used its share of the time.

MCU_FUZZ_SECONDS is the time for all of them together, MCU_FUZZ_SEED the first seed of each; the other seeds follow from it.
So `make fuzz SEED=<the seed that a finding names>` begins with the finding.
"""

from __future__ import annotations

import math
import os
import random
import time
from collections.abc import Iterator

SECONDS = float(os.environ.get("MCU_FUZZ_SECONDS") or 30)
FIRST_SEED = int(os.environ.get("MCU_FUZZ_SEED") or 0)


class Fuzzing:
    """The share of one fuzzer; it adds to `cases` what it has tried and found right."""

    def __init__(self, share_s: float, first_seed: int = FIRST_SEED) -> None:
        self.cases = 0
        self.seed = first_seed
        """The seed that is being tried, or was tried last."""
        self._share_s = share_s
        self._later = random.Random(first_seed)

    def seeds(self) -> Iterator[int]:
        """Seeds until the share is used up, one at least; fails where the fuzzer has tried nothing in that time."""
        end_s = time.monotonic() + self._share_s
        yield self.seed
        while time.monotonic() < end_s:
            self.seed = self._later.getrandbits(31)
            yield self.seed
        assert self.cases > 0, "no case was tried"


def share_s(fuzzers: int, workers: int, seconds: float = SECONDS) -> float:
    """What each fuzzer gets so that all of them, spread over `workers` processes, take `seconds`."""
    return seconds / math.ceil(fuzzers / workers)
