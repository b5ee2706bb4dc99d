"""Every ordered pair of operators, as models of two layers, on emulated boards: the shipped firmware equals TFLM byte for byte.

Without the observer, whose calls between layers keep the compiler from moving the accesses of one layer into the other.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tests.fuzzing import Fuzzing
from tests.pairs.models import FORMS, Pair, Pairs, all_pairs, drawn_pairs
from tests.pairs.on_board import Outcome, check_pairs

BOARDS = ("mps3-an547", "mps2-an386", "mps2-an385")
"""Cortex-M55 with Helium, Cortex-M4 with the DSP extension, Cortex-M3."""
PARTS = 10
MODELS = 128
"""In one image, which is booted once."""


@cache
def pairs() -> Pairs:
    return all_pairs(seed=13)


def part_of_models(part: int) -> list[Pair]:
    """One of `PARTS` parts, each with models of all kinds."""
    models = pairs().models
    order = np.random.default_rng(13).permutation(len(models))
    return [models[index] for index in order[part::PARTS]]


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.nightly) for part in range(1, PARTS))])
@pytest.mark.parametrize("board_id", BOARDS)
def test_models_of_two_layers_equal_tflm(
    board_id: str, part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, note: Callable[[str, str], None]
) -> None:
    models, outcome = part_of_models(part), Outcome()
    for start in range(0, len(models), MODELS):
        outcome += check_pairs(models[start : start + MODELS], board_id, tmp_path / f"{start}", monkeypatch)
    for name, reason in outcome.refused.items():
        note(name, reason)
    assert not outcome.different, f"{len(outcome.different)} of {len(models)}: {outcome.different}"
    assert len(outcome.equal) + len(outcome.refused) == len(models)
    assert not [reason for reason in outcome.refused.values() if reason.startswith("aot:")], "what TFLM takes, we take"
    assert len(outcome.refused) < len(models) / 50, "what TFLM does not take proves nothing"


@pytest.mark.fuzz
def test_any_models_of_two_layers_equal_tflm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fuzzing: Fuzzing) -> None:
    for seed in fuzzing.seeds():
        board_id = BOARDS[seed % len(BOARDS)]
        outcome = check_pairs(drawn_pairs(seed, 24), board_id, tmp_path / f"{seed}", monkeypatch)
        assert not outcome.different, f"{board_id}: {outcome.different}"
        assert not [reason for reason in outcome.refused.values() if reason.startswith("aot")], "what TFLM takes, we take"
        fuzzing.cases += len(outcome.equal)


def test_what_cannot_be_a_pair_has_no_type_or_shape_in_common(note: Callable[[str, str], None]) -> None:
    assert len(pairs().models) > 5000
    for name, reason in pairs().unfit.items():
        note(name, reason)
    names = {f"{first.name} -> {second.name}" for first in FORMS for second in FORMS}
    built = {one.name.split(" | ", maxsplit=1)[0] for one in pairs().models}
    assert built | set(pairs().unfit) == names
    assert not built & set(pairs().unfit)
    assert len(built) > 0.8 * len(names)


def test_all_element_types_and_sizes_up_to_35_are_among_them() -> None:
    types = {part for one in pairs().models for part in one.name.split(" | ", maxsplit=1)[1].split(" -> ")}
    assert types == {"int8", "int16", "uint8", "int32", "float32", "bool"}
