"""Two channels in one word, taken apart again as the kernel does it."""

from __future__ import annotations

import numpy as np
import pytest

from mcu_toolkit.runtimes.aot.ops.convolution.dsp.byte_pairs import depth_order, pack, pairs_fit


def lanes(words: np.ndarray) -> np.ndarray:
    """Signed 16-bit lanes, low one first: [..., words, 2]."""
    return np.stack([words & 0xFFFF, words >> 16], axis=-1).astype(np.uint16).view(np.int16).astype(int)


@pytest.mark.parametrize(("rows", "run"), [(1, 1), (1, 2), (1, 3), (1, 4), (3, 9), (2, 7), (10, 4), (3, 6), (1, 64), (5, 5)])
def test_every_input_has_one_lane_and_words_are_even(rows: int, run: int) -> None:
    order = depth_order(rows, run)
    assert len(order) % 2 == 0
    assert sorted(order[order >= 0].tolist()) == list(range(rows * run))
    assert order.size - rows * run < 4 + rows  # what only fills up


@pytest.mark.parametrize("channels", [1, 2, 5])
def test_a_dot_product_comes_out_of_low_and_both(channels: int) -> None:
    random = np.random.default_rng(0)
    weights = random.integers(-127, 128, (channels, 27)).astype(np.int8)
    x = random.integers(-128, 128, 27)
    order = depth_order(3, 9)
    inputs = np.where(order >= 0, x[order], 77)  # an old lane in the places that only fill up
    words = pack(weights, order)
    both = (lanes(words) * inputs).sum(axis=(1, 2))
    low_bytes = words.view(np.int8).reshape(len(words), -1, 4)[:, :, [0, 2]].astype(int)
    low = (low_bytes * inputs).sum(axis=(1, 2))
    expected = weights.astype(int) @ x
    assert low.tolist() == expected[0::2].tolist()
    assert ((both - low) // 256)[: channels // 2].tolist() == expected[1::2].tolist()
    assert not ((both - low) % 256).any()


def test_a_pair_that_leaves_16_bits_is_refused() -> None:
    assert pairs_fit(np.array([[0, 5], [-128, -128]], np.int8))
    assert not pairs_fit(np.array([[-1, 5], [-128, -128]], np.int8))
