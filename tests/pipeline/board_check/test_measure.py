"""The board's clock by the host's, where the host is late: simulated times of a board that counts exactly 1,000,000 a second."""

from __future__ import annotations

import random

from mcu_toolkit.pipeline.board_check.measure import rates

WAY_S = 0.001


def simulated(late_share: float, *, seed: int = 1, inferences: int = 200) -> tuple[float, float, float]:
    """Of inferences of 40 ms, over a way of 1 to 1.2 ms; of `late_share` of them and of the echoes the host is late, by up to 50 ms."""
    draw = random.Random(seed)

    def way_s() -> float:
        return WAY_S * draw.uniform(1.0, 1.2) + (draw.uniform(0.0, 0.05) if draw.random() < late_share else 0.0)

    return rates([(40_000, 0.04 + way_s()) for _ in range(inferences)], [way_s() for _ in range(inferences)])


def test_the_way_there_and_back_is_no_part_of_the_board_s_time() -> None:
    least, likely, most = simulated(0.0)
    assert 990_000 < least <= 1_000_000 <= most < 1_010_000
    assert least <= likely <= most


def test_a_host_that_is_often_late_does_not_slow_the_board_s_clock() -> None:
    least, _, most = simulated(0.05)
    assert least > 990_000
    assert most < 1_010_000


def test_a_host_that_is_late_most_of_the_time_makes_the_band_too_wide_to_judge() -> None:
    for seed in range(20):
        least, _, most = simulated(0.8, seed=seed)
        assert least > 980_000, "late inferences are not among the fastest"
        assert most > 1.2 * least


def test_a_single_inference_over_a_way_that_is_longer_still_has_a_rate() -> None:
    least, likely, most = rates([(10, 0.001)], [0.002, 0.003])
    assert least == likely == most == 10 / (0.01 * 0.001)
