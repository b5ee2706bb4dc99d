"""The frontier: what no other choice beats."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mcu_toolkit.report.frontier import frontier

POINTS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)).map(lambda p: (float(p[0]), float(p[1]))), max_size=12)


def beats(a: tuple[float, float], b: tuple[float, float], *, more_is_better: bool) -> bool:
    better_y, as_good_y = (a[1] > b[1], a[1] >= b[1]) if more_is_better else (a[1] < b[1], a[1] <= b[1])
    return a[0] <= b[0] and as_good_y and (a[0] < b[0] or better_y)


@given(POINTS, st.booleans())
def test_the_frontier_is_what_nothing_beats(points: list[tuple[float, float]], more_is_better: bool) -> None:
    found = frontier(points, more_is_better=more_is_better)
    unbeaten = {one for one in points if not any(beats(other, one, more_is_better=more_is_better) for other in points)}
    assert {points[number] for number in found} == unbeaten
    assert len(found) == len(unbeaten), "of equal points one"
    assert [points[number][0] for number in found] == sorted(points[number][0] for number in found)


def test_of_equal_points_the_first_stands_for_all() -> None:
    assert frontier([(2, 1), (1, 2), (1, 2)], more_is_better=True) == (1,)
