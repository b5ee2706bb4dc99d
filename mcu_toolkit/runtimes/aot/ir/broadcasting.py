"""Numpy's broadcasting of shapes as nested loops."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

ROWS = 6
"""Loops of kernels/broadcast.h: more than TFLM's tests have, fewer than its 8 dimensions could need if nothing merged."""


def broadcast_shape(first: tuple[int, ...], second: tuple[int, ...]) -> tuple[int, ...] | None:
    """The shape that two shapes broadcast to, or None where they do not."""
    rank = max(len(first), len(second))
    a, b = _padded(first, rank), _padded(second, rank)
    if any(x != y and 1 not in (x, y) for x, y in zip(a, b, strict=True)):
        return None
    return tuple(max(x, y) for x, y in zip(a, b, strict=True))


def _padded(shape: tuple[int, ...], rank: int) -> tuple[int, ...]:
    return (1,) * (rank - len(shape)) + shape


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
    steps = [_steps([(size, repeated[i]) for size, repeated in merged]) for i in range(len(shapes))]
    return np.array([[size for size, _ in merged], *steps], np.int32)


def _steps(loops: list[tuple[int, bool]]) -> list[int]:
    """Elements from one index to the next, for loops of (size, input is repeated), outermost first."""
    steps: list[int] = []
    elements = 1
    for size, repeated in reversed(loops):
        steps.append(0 if repeated else elements)
        elements *= 1 if repeated else size
    return steps[::-1]
