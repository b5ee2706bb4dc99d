"""Every ordered pair of operators as models of two layers, one for each element type that can lie between the two."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

import numpy as np

from tests.pairs import arithmetic, layers, moving
from tests.pairs.chain import Chain, Form, UnfitError, UnfitTypeError

FORMS: tuple[Form, ...] = (*layers.FORMS, *arithmetic.FORMS, *moving.FORMS)
_ATTEMPTS = 60
"""Sizes that are tried before a pair counts as one that does not fit."""


@dataclass(frozen=True)
class Pair:
    """A model of two operators."""

    name: str
    content: bytes


@dataclass
class Pairs:
    """Models, and what could not be built: the reason by pair."""

    models: list[Pair] = field(default_factory=list)
    unfit: dict[str, str] = field(default_factory=dict)


def all_pairs(seed: int) -> Pairs:
    """All ordered pairs; the sizes, 1 to 35, and all else that is open are drawn from `seed`."""
    pairs = Pairs()
    for first in FORMS:
        for second in FORMS:
            name = f"{first.name} -> {second.name}"
            models, reasons = _models(name, first, second, seed)
            pairs.models += models
            if not models:
                pairs.unfit[name] = "; ".join(sorted(reasons))
    return pairs


def drawn_pairs(seed: int, count: int) -> list[Pair]:
    """`count` models of two operators that fit, whichever these are."""
    random = np.random.default_rng(seed)
    pairs: list[Pair] = []
    while len(pairs) < count:
        first, second = (FORMS[index] for index in random.integers(len(FORMS), size=2))
        models, _ = _models(f"{first.name} -> {second.name}", first, second, seed)
        pairs += models
    return pairs[:count]


def _models(name: str, first: Form, second: Form, seed: int) -> tuple[list[Pair], set[str]]:
    found: dict[str, Pair] = {}
    reasons: set[str] = set()
    for dtype in first.types:
        for attempt in range(_ATTEMPTS):
            try:
                between, pair = _model(f"{name} | {dtype}", first, second, dtype, seed + attempt)
            except UnfitError as unfit:
                reasons.add(str(unfit))
                if isinstance(unfit, UnfitTypeError):
                    break
                continue
            found.setdefault(between, pair)
            break
    return list(found.values()), reasons


def _model(name: str, first: Form, second: Form, dtype: str, seed: int) -> tuple[str, Pair]:
    """The element type between the two operators, and the model."""
    at = Chain(np.random.default_rng([seed, zlib.crc32(name.encode())]))
    x = at.value(_shape(at, first.rank), dtype)
    middle = first.add(at, x)
    if middle.dtype not in second.types:
        raise UnfitTypeError(f"does not take {middle.dtype}")
    y = second.add(at, middle)
    return middle.dtype, Pair(f"{name} -> {middle.dtype}", at.builder.build([x.index], [y.index]))


def between_floats(first: Form, seed: int) -> Pair:
    """QUANTIZE, the operator in int8, DEQUANTIZE: plain code that writes and reads single bytes right before and after it."""
    name = f"QUANTIZE -> {first.name} -> DEQUANTIZE | {seed}"
    at = Chain(np.random.default_rng([seed, zlib.crc32(name.encode())]), widest=(2, 4, 35)[seed % 3])
    x = at.value(_shape(at, first.rank), "float32")
    quantized = at.value(x.shape, "int8")
    at.builder.op("QUANTIZE", [x.index], [quantized.index], version=2)
    y = first.add(at, quantized)
    result = at.value(y.shape, "float32")
    at.builder.op("DEQUANTIZE", [y.index], [result.index], version=2)
    return Pair(name, at.builder.build([x.index], [result.index]))


def _shape(at: Chain, rank: int) -> tuple[int, ...]:
    """A batch of 1, then sides; the last dimension, channels, is up to 35, as is now and then a side."""
    channels = int(at.random.integers(1, at.widest + 1))
    sides = [int(side) for side in at.random.integers(1, min(at.widest, 5) + 1, rank - 2)]
    if at.random.random() < 0.3:
        sides = [1] * len(sides)
        sides[-1] = int(at.random.integers(1, at.widest + 1))
    if rank == 5:
        sides[-1] = int(at.random.integers(1, 36))
        sides[0] = sides[0] % 3 + 1
        channels = channels % 4 + 1
    return (1, *sides, channels)
