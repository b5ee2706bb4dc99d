"""Steps of TFLM's outputs: the smallest sum of each, found from where real numbers have it."""

from __future__ import annotations

import numpy as np
import pytest

from mcu_toolkit.runtimes.aot.ops.convolution.sums import Sums

CHANNELS = 48


def drawn(seed: int) -> Sums:
    random = np.random.default_rng(seed)
    bits = int(random.integers(2, 28))
    multiplier, shift = random.integers(1 << 30, 1 << 31, CHANNELS), random.integers(-20, 3, CHANNELS)
    if seed % 3 == 0:  # what scales of nothing give
        multiplier[:4], shift[4:8] = 0, -31
    return Sums(
        lowest=-random.integers(1, 1 << bits, CHANNELS),
        highest=random.integers(1, 1 << bits, CHANNELS),
        multiplier=multiplier,
        shift=shift,
        zero_point=int(random.integers(-128, 128)),
        minimum=-128,
        maximum=127,
    )


@pytest.mark.parametrize("seed", range(40))
def test_a_step_is_the_smallest_sum_with_its_output_or_one_above_the_highest(seed: int) -> None:
    sums = drawn(seed)
    level = np.arange(sums.minimum + 1, sums.maximum + 1)
    steps = sums.steps
    lowest, highest = sums.lowest[:, None], sums.highest[:, None]
    assert np.all((lowest <= steps) & (steps <= highest + 1))
    reached = sums.outputs(np.minimum(steps, highest)) >= level
    assert np.all(reached | (steps == highest + 1))
    below = sums.outputs(np.maximum(steps - 1, lowest)) < level
    assert np.all(below | (steps == lowest))
