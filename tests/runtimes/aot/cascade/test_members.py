"""The phases of a layer in a cascade: what it does in each turn."""

from __future__ import annotations

import itertools

import pytest

from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes.aot.cascade.members import _act
from mcu_toolkit.runtimes.aot.ir.target import Target
from tests.ops.cascade_networks import groups_of, network


@pytest.mark.parametrize("seed", range(50, 60))
def test_the_phases_are_what_the_layer_does_turn_by_turn(seed: int) -> None:
    bands, groups = groups_of(parse_model(network(seed).content, "net"), Target("dsp"))
    assert groups
    for group in groups:
        for member in group.members:
            turns = range(group.schedule.turns)
            by_phase = [next((one.act for one in member.phases if one.first <= turn <= one.last), None) for turn in turns]
            assert by_phase == [_act(bands, group.schedule, member.number, turn) for turn in turns]
            assert all(one.last + 1 < other.first or one.act != other.act for one, other in itertools.pairwise(member.phases))
