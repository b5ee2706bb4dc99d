"""Weights of two output channels in one 16-bit lane: how kernels/dsp/matrix.h wants them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def depth_order(rows: int, run: int) -> npt.NDArray[np.int64]:
    """Which input each lane holds for a window of `rows` runs, as int64 [words, 2]; -1 for lanes that only fill up.

    The order of aot_dsp_expand in kernels/dsp/matrix.h; the number of words is even, because the kernel loads two at a time.
    """
    words: list[tuple[int, int]] = []
    waiting = -1
    for first in range(0, rows * run, run):
        for quad in range(first, first + run // 4 * 4, 4):
            words += [(quad, quad + 2), (quad + 1, quad + 3)]
        rest, tail = run % 4, first + run // 4 * 4
        if rest >= 2:
            words.append((tail, tail + rest - 1))
        if rest % 2:
            single = tail + rest // 2
            if waiting >= 0:
                words[waiting] = (words[waiting][0], single)
                waiting = -1
            else:
                waiting = len(words)
                words.append((single, -1))
    if len(words) % 2:
        words.append((-1, -1))
    return np.array(words, np.int64)


def pad_to_even(weights: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """`weights` [channels, ...] with the last channel repeated where the number of channels is odd."""
    return np.concatenate([weights, weights[-1:]]) if len(weights) % 2 else weights


def pairs_fit(weights: npt.NDArray[np.int8]) -> bool:
    """True where low + 256 * high fits 16 bits for every pair of channels.  `weights`: int8 [channels, depth]."""
    even = pad_to_even(weights).astype(np.int64)
    return bool(np.all(even[0::2] + 256 * even[1::2] >= -(2**15)))


def pack(weights: npt.NDArray[np.int8], order: npt.NDArray[np.int64]) -> npt.NDArray[np.uint32]:
    """`weights` (int8 [channels, depth]) as uint32 [channel pairs, words] in the order of `order` (see `depth_order`)."""
    even = pad_to_even(weights).astype(np.int64)
    filled = np.concatenate([even, np.zeros((len(even), 1), np.int64)], axis=1)  # index -1: a weight of zero
    lanes = filled[0::2][:, order] + 256 * filled[1::2][:, order]
    words = (lanes[..., 0] & 0xFFFF) | (lanes[..., 1] & 0xFFFF) << 16
    packed: npt.NDArray[np.uint32] = np.ascontiguousarray(words, np.uint32)
    return packed
