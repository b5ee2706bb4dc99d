"""Bands of estimated cycles: from pairs that were timed on silicon, else from manuals; wait states of flash."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.calibration import core_rows, outside, pair_rows
from mcu_toolkit.boards import FlashTiming, all_boards
from mcu_toolkit.boards.core_cycles import CYCLES_M4, CYCLES_M33, CYCLES_M55, WAITS, CalibrationPair, CycleBand, band_of
from mcu_toolkit.boards.core_table import CORES


def pair(ratio: float) -> CalibrationPair:
    return CalibrationPair("m", "a board", 1_000_000, round(1_000_000 * ratio), "a test")


def test_a_calibrated_band_holds_every_pair_and_no_more() -> None:
    for model in (CYCLES_M4, CYCLES_M33):
        least, most = model.band(None)
        ratios = [one.ratio for one in model.pairs]
        assert (min(ratios), max(ratios)) == (least, most)


@pytest.mark.parametrize(("left_out", "by"), [(1.2, 0.0), (1.5, 0.25), (0.55, -0.45), (1.0, 0.0)])
def test_a_pair_that_is_left_out_is_outside_by_its_distance_to_the_others(left_out: float, by: float) -> None:
    assert outside(pair(left_out), (pair(1.0), pair(1.2))) == pytest.approx(by)


def test_the_band_of_one_pair_is_that_pair() -> None:
    assert band_of((pair(1.25),)) == (1.25, 1.25)


@pytest.mark.parametrize("core", [core for core in CORES.values() if core.cycles is not None], ids=lambda core: core.name)
def test_every_core_has_pairs_or_says_where_its_band_is_from(core: object) -> None:
    model = getattr(core, "cycles")  # noqa: B009
    least, most = model.band(None)
    assert 0 < least < most < 3
    assert bool(model.pairs) != bool(model.why)


def test_flash_without_a_cache_waits_and_flash_without_wait_states_does_not() -> None:
    least, most = CYCLES_M4.band(FlashTiming(5, "prefetch"))
    assert CYCLES_M4.band(None) == (least, most)
    assert CYCLES_M4.band(FlashTiming(0)) == (1.0, most)
    assert CYCLES_M4.band(FlashTiming(2)) == (least, 3 * most)


def test_an_uncalibrated_band_has_room_for_what_the_worst_pair_shows() -> None:
    assert CYCLES_M55.band(None) == (1.0, 2.0 * WAITS)
    assert max(one.ratio for one in CYCLES_M4.pairs) == WAITS


def test_the_band_of_a_board_has_its_clock() -> None:
    for board in all_boards():
        band = board.cycle_band
        assert (band is None) == (board.core_facts.cycles is None)
        assert band is None or band.clock_hz == board.clock_hz
    assert CycleBand(0.5, 2.0, 1, is_calibrated=False).of(1001) == (500, 2002)


def test_wait_states_are_facts_of_a_board() -> None:
    known = {board.id: board.flash_timing for board in all_boards() if board.flash_timing is not None}
    assert known["nucleo_l4r5zi"] == FlashTiming(5, "prefetch")
    assert replace(known["microbit"]) == FlashTiming(0)


def test_the_command_lists_every_pair_and_every_core() -> None:
    pairs, cores = list(pair_rows()), "\n".join(core_rows())
    assert len(pairs) == 2 + len(CYCLES_M4.pairs) + len(CYCLES_M33.pairs)
    assert all(core.name in cores for core in CORES.values() if core.cycles is not None)
    assert cores.count("| no |") + cores.count("| yes |") == len({id(core.cycles) for core in CORES.values()} - {id(None)})
