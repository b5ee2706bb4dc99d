"""Which channels a stream of weights has."""

from __future__ import annotations

import numpy as np
import pytest

from mcu_toolkit.runtimes.aot.ops.convolution.dsp.packed_weights import FARTHEST, computed_channels


def constant(channels: int, *living: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    given = np.ones(channels, np.bool_)
    given[list(living)] = False
    return given


def test_channels_that_no_input_changes_are_left_out() -> None:
    assert computed_channels(constant(8, 1, 4, 5), depth=64).tolist() == [1, 4, 5]


def test_every_channel_stays_where_copying_its_output_costs_more_than_computing_it() -> None:
    one_dead = np.array([True] + [False] * 63)
    assert computed_channels(one_dead, depth=8).tolist() == list(range(64))
    assert len(computed_channels(one_dead, depth=256)) == 63


def test_a_layer_without_a_living_channel_keeps_one() -> None:
    assert computed_channels(constant(16), depth=64).tolist() == [0]


@pytest.mark.parametrize("last", [FARTHEST, FARTHEST + 1, 2 * FARTHEST, 399])
def test_channels_far_apart_have_others_between_them(last: int) -> None:
    places = computed_channels(constant(400, 0, last), depth=64)
    assert {0, last} <= set(places.tolist())
    assert np.diff(places).max() <= FARTHEST
    assert np.all(np.diff(places) > 0)
