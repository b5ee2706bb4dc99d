"""The packed weights that kernels/dsp/matrix.h reads: weights of pairs of channels between where their sums start and how they end.

A lane of 16 bits holds the weights of two output channels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.runtimes.aot.ops.convolution.dsp.requantization import Requantization
from mcu_toolkit.runtimes.aot.ops.convolution.sums import Sums


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


_LAST = 1 << 16
FARTHEST = 127
"""Places from one channel of the packed weights to the next, at most: the 7 bits of `shifts`."""
_HIGH_LIMIT = 1 << 23
"""256 times a high channel's sum must fit 32 bits."""


def _pairs(values: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    even = pad_to_even(values)
    return even[0::2], even[1::2]


def computed_channels(constant: npt.NDArray[np.bool_], depth: int) -> npt.NDArray[np.int64]:
    """The channels that packed weights have: int64, rising by at most `FARTHEST`.

    All of them, unless leaving out the `constant` ones ([channels]) saves more than the copying of their outputs costs: about 2
    instructions per channel of either kind, where computing one takes more than one an input (`depth`).
    """
    every = np.arange(len(constant), dtype=np.int64)
    if constant.sum() * depth < 2 * len(constant):
        return every
    places: list[int] = []
    for channel in every[~constant]:
        while places and channel - places[-1] > FARTHEST:
            places.append(places[-1] + FARTHEST)
        places.append(int(channel))
    return np.array(places or [0], np.int64)


def packing_is_possible(weights: npt.NDArray[np.int8], sums: Sums, requantization: Requantization) -> bool:
    """True where weights pair up and 256 * high sum fits 32 bits.  `weights`: int8 [channels, depth]."""
    largest = np.where(requantization.constant, 0, np.maximum(-sums.lowest, sums.highest))
    return pairs_fit(weights) and bool(np.all(_pairs(largest)[1] < _HIGH_LIMIT))


def packed_matrix(
    weights: npt.NDArray[np.int8],
    order: npt.NDArray[np.int64],
    effective_bias: npt.NDArray[np.int32],
    requantization: Requantization,
    places: npt.NDArray[np.int64],
) -> npt.NDArray[np.uint32]:
    """uint32 [pairs, words + 7] in the order of aot_dsp_matrix.packed.

    `weights`: int8 [channels, depth], `effective_bias`: int32 [channels], `places`: int64 [channels], where their outputs go, rising by at
    most `FARTHEST`.
    """
    start_low, start_high = _pairs(requantization.starts(effective_bias))
    shift_low, shift_high = _pairs(requantization.shift)
    if requantization.kind == "one_sided":
        shift_high = 8 - shift_high  # the kernel has 256 times the high sum
    place_low, place_high = _pairs(places)
    to_next = np.append(place_low[1:], place_high[-1]) - place_high
    shifts = shift_low | shift_high << 8 | to_next << 17 | (place_high - place_low) << 24
    shifts[-1] |= _LAST
    (m_low, m_high), (round_low, round_high) = _pairs(requantization.multiplier), _pairs(requantization.round)
    before = np.stack([start_low, start_low + 256 * start_high], axis=1)
    after = np.stack([m_low, round_low, shifts, m_high, round_high], axis=1)
    columns = [before & 0xFFFFFFFF, pack(weights, order).astype(np.int64), after & 0xFFFFFFFF]
    return np.concatenate(columns, axis=1).astype(np.uint32)


def _pad_channels(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    missing = -len(values) % 4
    return np.concatenate([values, np.zeros((missing, *values.shape[1:]), values.dtype)])


def packed_row(
    weights: npt.NDArray[np.int8],
    order: npt.NDArray[np.int64],
    effective_bias: npt.NDArray[np.int32],
    requantization: Requantization,
    *,
    per_channel: bool,
) -> npt.NDArray[np.uint32]:
    """uint32 [groups of 4 channels, words] in the order of aot_dsp_row.packed; arguments as for `packed_matrix`."""
    start = _pad_channels(np.where(requantization.constant & per_channel, 0, effective_bias.astype(np.int64)))
    low, high = start[0::2], start[1::2]
    starts = np.stack([low, low + 256 * high], axis=1).reshape(-1, 4)
    words = pack(_pad_channels(weights), order).astype(np.int64)  # [pairs, words]
    turns = np.stack([words[0::2], words[1::2]], axis=2).reshape(len(starts), -1)
    columns = [starts, turns]
    if per_channel:
        columns.append(row_requantization(requantization).astype(np.int64).reshape(len(starts), -1))
    return (np.concatenate(columns, axis=1) & 0xFFFFFFFF).astype(np.uint32)


def row_requantization(requantization: Requantization) -> npt.NDArray[np.uint32]:
    """uint32 [pairs, 5]: m, round, shifts, m, round of pairs of channels; the first row is aot_dsp_row.requantize for a single scale."""
    multiplier, rounding, shift = (
        _pad_channels(values) for values in (requantization.multiplier, requantization.round, requantization.shift)
    )
    columns = [multiplier[0::2], rounding[0::2], shift[0::2] | shift[1::2] << 8, multiplier[1::2], rounding[1::2]]
    return (np.stack(columns, axis=1) & 0xFFFFFFFF).astype(np.uint32)
