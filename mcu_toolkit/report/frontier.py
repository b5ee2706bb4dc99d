"""The frontier of a choice by two figures: what no other choice beats in both (Pareto)."""

from __future__ import annotations

from collections.abc import Sequence


def frontier(points: Sequence[tuple[float, float]], *, more_is_better: bool) -> tuple[int, ...]:
    """The numbers of the points that no other one beats, from left to right.

    Of x less is better; of y more or less, as `more_is_better` says.  A point beats another if it is as good in both and better in one;
    of equal points the first stands for all.
    """
    sign = -1.0 if more_is_better else 1.0
    found: list[int] = []
    best = float("inf")
    for number in sorted(range(len(points)), key=lambda one: (points[one][0], sign * points[one][1], one)):
        if sign * points[number][1] < best:
            best = sign * points[number][1]
            found.append(number)
    return tuple(found)
