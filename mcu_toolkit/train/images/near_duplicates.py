"""Pictures that look the same, by their perceptual hashes: one in training and its twin in the test flatter the accuracy."""

from __future__ import annotations

import importlib  # imagehash brings scipy: it is read only where pictures are compared
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

MAX_DISTANCE = 4
"""Bits of 64 in which near duplicates differ at most: scaled, compressed again or slightly cropped copies do, other photographs do not."""
MOST_PAIRS = 10_000
"""No more are looked for: a folder with more is of drawings, or of copies."""
_FIELD_BITS = (13, 13, 13, 13, 12)
"""One more field than bits may differ: near duplicates have an equal field, so only pictures with one are compared."""
_BLOCK = 256
_BITS_OF = np.array([bin(value).count("1") for value in range(1 << 16)], np.uint8)


@dataclass(frozen=True)
class NearDuplicates:
    """Two pictures in different parts that look the same."""

    a: str
    b: str
    distance: int
    """Differing bits of 64; 0 for the same picture."""


def perceptual_hash(image: Any) -> int:
    """The 64-bit hash of a PIL image: signs of the lowest frequencies of its cosine transform (imagehash's `phash`)."""
    bits = importlib.import_module("imagehash").phash(image).hash.ravel()
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def near_duplicates(names: Sequence[str], hashes: Sequence[int], parts: Sequence[str]) -> tuple[NearDuplicates, ...]:
    """Pairs in different parts whose hashes differ in at most `MAX_DISTANCE` bits, the closest first; at most `MOST_PAIRS`."""
    numbers = np.array(hashes, np.uint64)
    part = np.array([sorted(set(parts)).index(name) for name in parts])
    found: dict[tuple[int, int], int] = {}
    for group in _groups(numbers):
        for first, second, distance in _pairs(numbers, part, group):
            found[min(first, second), max(first, second)] = distance
            if len(found) >= MOST_PAIRS:
                break
        if len(found) >= MOST_PAIRS:
            break
    pairs = [NearDuplicates(names[first], names[second], distance) for (first, second), distance in found.items()]
    return tuple(sorted(pairs, key=lambda pair: (pair.distance, pair.a, pair.b)))


def _groups(numbers: npt.NDArray[np.uint64]) -> Iterator[npt.NDArray[Any]]:
    """Indices of hashes that are equal in one field, field by field."""
    shift = 0
    for bits in _FIELD_BITS:
        field = (numbers >> np.uint64(shift)) & np.uint64((1 << bits) - 1)
        order = np.argsort(field, kind="stable")
        for group in np.split(order, np.flatnonzero(np.diff(field[order])) + 1):
            if len(group) > 1:
                yield group
        shift += bits


def _pairs(numbers: npt.NDArray[np.uint64], part: npt.NDArray[Any], group: npt.NDArray[Any]) -> Iterator[tuple[int, int, int]]:
    """Close pairs of a group in different parts, each once."""
    for start in range(0, len(group), _BLOCK):
        block = group[start : start + _BLOCK]
        differing = (numbers[block][:, np.newaxis] ^ numbers[group][np.newaxis, :]).view(np.uint16).reshape(len(block), len(group), 4)
        distances = _BITS_OF[differing].sum(axis=2, dtype=np.uint8)
        close = (distances <= MAX_DISTANCE) & (part[block][:, np.newaxis] != part[group][np.newaxis, :])
        for row, column in np.argwhere(close):
            if start + row < column:
                yield int(block[row]), int(group[column]), int(distances[row, column])
