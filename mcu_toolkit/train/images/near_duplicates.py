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
_BLOCK = 1024
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
    """Every pair in different parts whose hashes differ in at most `MAX_DISTANCE` bits, the closest first."""
    numbers = np.array(hashes, np.uint64)
    part = np.array([sorted(set(parts)).index(name) for name in parts])
    found = [
        NearDuplicates(names[first], names[second], distance)
        for start in range(0, len(numbers), _BLOCK)
        for first, second, distance in _pairs(numbers, part, start)
    ]
    return tuple(sorted(found, key=lambda pair: (pair.distance, pair.a, pair.b)))


def _pairs(numbers: npt.NDArray[np.uint64], part: npt.NDArray[Any], start: int) -> Iterator[tuple[int, int, int]]:
    """Close pairs with their first picture in the block from `start` on, and the second behind the first."""
    block = numbers[start : start + _BLOCK]
    differing = (block[:, np.newaxis] ^ numbers[np.newaxis, :]).view(np.uint16).reshape(len(block), len(numbers), 4)
    distances = _BITS_OF[differing].sum(axis=2, dtype=np.uint8)
    close = (distances <= MAX_DISTANCE) & (part[start : start + len(block), np.newaxis] != part[np.newaxis, :])
    for row, column in np.argwhere(close):
        if start + row < column:
            yield int(start + row), int(column), int(distances[row, column])
