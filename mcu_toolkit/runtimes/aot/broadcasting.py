"""Numpy's broadcasting of two shapes as four nested loops."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

LOOPS = 4


@dataclass(frozen=True)
class Loops:
    """Sizes of the loops, outermost first, and for each input the elements from one index to the next (0: repeated)."""

    sizes: tuple[int, ...]
    steps: tuple[tuple[int, ...], tuple[int, ...]]


def broadcast_shape(first: tuple[int, ...], second: tuple[int, ...]) -> tuple[int, ...] | None:
    """The shape that two shapes broadcast to, or None where they do not."""
    rank = max(len(first), len(second))
    a, b = _padded(first, rank), _padded(second, rank)
    if any(x != y and 1 not in (x, y) for x, y in zip(a, b, strict=True)):
        return None
    return tuple(max(x, y) for x, y in zip(a, b, strict=True))


def broadcast_loops(first: tuple[int, ...], second: tuple[int, ...]) -> Loops | None:
    """Loops over the broadcast shape, neighbouring dimensions of one kind merged; None where four loops do not do."""
    shape = broadcast_shape(first, second)
    if shape is None:
        return None
    a, b = _padded(first, len(shape)), _padded(second, len(shape))
    merged: list[tuple[int, bool, bool]] = []  # size, first is repeated, second is repeated
    for size, x, y in zip(shape, a, b, strict=True):
        kind = (x != size, y != size)
        if size == 1:
            continue
        if merged and merged[-1][1:] == kind:
            merged[-1] = (merged[-1][0] * size, *kind)
        else:
            merged.append((size, *kind))
    if len(merged) > LOOPS:
        return None
    merged = [(1, False, False)] * (LOOPS - len(merged)) + merged
    return Loops(tuple(size for size, _, _ in merged), (_steps(merged, 1), _steps(merged, 2)))


def _padded(shape: tuple[int, ...], rank: int) -> tuple[int, ...]:
    return (1,) * (rank - len(shape)) + shape


def _steps(merged: list[tuple[int, bool, bool]], kind: int) -> tuple[int, ...]:
    steps: list[int] = []
    elements = 1
    for dimension in reversed(merged):
        steps.append(0 if dimension[kind] else elements)
        elements *= 1 if dimension[kind] else dimension[0]
    return tuple(reversed(steps))


ROWS = 6
"""Loops of kernels/broadcast.h: more than TFLM's tests have, fewer than its 8 dimensions could need if nothing merged."""


def common_shape(*shapes: tuple[int, ...]) -> tuple[int, ...] | None:
    """The shape that all of `shapes` broadcast to, or None where they do not."""
    result: tuple[int, ...] | None = ()
    for shape in shapes:
        result = None if result is None else broadcast_shape(result, shape)
    return result


def broadcast_rows(*shapes: tuple[int, ...]) -> npt.NDArray[np.int32] | None:
    """int32 [1 + inputs][ROWS] for kernels/broadcast.h: sizes of the loops, then each input's elements from one index to the next.

    Neighbouring dimensions of one kind are merged; None where the shapes do not broadcast or ROWS loops do not do.
    """
    shape = common_shape(*shapes)
    if shape is None:
        return None
    padded = [_padded(each, len(shape)) for each in shapes]
    merged: list[tuple[int, tuple[bool, ...]]] = []  # size, which inputs are repeated
    for dimension, size in enumerate(shape):
        repeated = tuple(each[dimension] != size for each in padded)
        if size == 1:
            continue
        if merged and merged[-1][1] == repeated:
            merged[-1] = (merged[-1][0] * size, repeated)
        else:
            merged.append((size, repeated))
    if len(merged) > ROWS:
        return None
    merged = [(1, (False,) * len(shapes))] * (ROWS - len(merged)) + merged
    steps = [_steps([(size, repeated[i], False) for size, repeated in merged], 1) for i in range(len(shapes))]
    return np.array([[size for size, _ in merged], *steps], np.int32)
