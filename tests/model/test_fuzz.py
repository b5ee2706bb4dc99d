"""Mutated files: only InputErrors may escape, quickly and without large allocations."""

from __future__ import annotations

import random
import time
import tracemalloc

import pytest

from mcu_toolkit.errors import InputError
from mcu_toolkit.model import parse_model
from tests import shared_models, small_models

_LIMIT_S = 2.0
_LIMIT_BYTES = 32 * 1024 * 1024

_INTERESTING = (0, 1, 2, 3, 4, 7, 8, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFF0)


def _seeds() -> list[bytes]:
    models = [small_models.fully_connected(softmax=True), small_models.convolution(), small_models.addition(), small_models.counter()]
    public = shared_models.FOLDER / "hello_world_int8.tflite"
    return models + ([public.read_bytes()] if public.is_file() else [])


def _mutated(content: bytes, chance: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(chance.choice((1, 1, 1, 2, 4, 16))):
        position = chance.randrange(len(data))
        kind = chance.randrange(6)
        if kind == 0:
            data[position] ^= 1 << chance.randrange(8)
        elif kind == 1:
            data[position] = chance.randrange(256)
        elif kind in (2, 3):  # a whole, aligned word: offsets, counts
            position &= ~3
            data[position : position + 4] = chance.choice(_INTERESTING).to_bytes(4, "little")
        elif kind == 4:
            del data[position : position + chance.randrange(1, 32)]
        else:
            source = chance.randrange(len(data))
            data[position:position] = data[source : source + chance.randrange(1, 32)]
        data = data or bytearray(1)
    return bytes(data)


def _fuzz(count: int, seed: int) -> tuple[int, float]:
    """Parse `count` mutated files; returns how many were refused and the longest time in seconds."""
    chance = random.Random(seed)
    seeds = _seeds()
    refused, longest_s = 0, 0.0
    for number in range(count):
        content = _mutated(chance.choice(seeds), chance)
        start_s = time.process_time()
        try:
            parse_model(content, f"mutation {number}")
        except InputError:
            refused += 1
        longest_s = max(longest_s, time.process_time() - start_s)
    return refused, longest_s


def test_mutated_models_are_read_or_refused() -> None:
    count = 4_000
    tracemalloc.start()
    refused, longest_s = _fuzz(count, seed=1)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count // 4 < refused < count
    assert longest_s < _LIMIT_S
    assert peak_bytes < _LIMIT_BYTES


@pytest.mark.nightly
@pytest.mark.timeout(1800)
def test_100_000_mutated_models_are_read_or_refused() -> None:
    refused, longest_s = _fuzz(100_000, seed=2)
    assert refused > 25_000
    assert longest_s < _LIMIT_S
