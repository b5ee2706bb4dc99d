"""The Helium layers between plain code that writes and reads their bytes, as a user may compile them: at every level, and linked whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes.aot.operator import OpView
from mcu_toolkit.runtimes.aot.registry import lower_layer
from mcu_toolkit.runtimes.aot.target import Target
from tests.pairs.models import FORMS, Pair, between_floats
from tests.pairs.on_board import check_pairs

BOARD = "mps3-an547"
LAYERS = ("CONV_2D", "CONV_2D 1x1", "DEPTHWISE_CONV_2D", "DEPTHWISE_CONV_2D 5x5", "FULLY_CONNECTED", "ADD to itself")
SEEDS = 6
LEVELS = ("-O0", "-O1", "-O2", "-O3", "-Os", "-O2 -flto", "-O3 -flto")


def models() -> list[Pair]:
    return [between_floats(form, seed) for form in FORMS if form.name in LAYERS for seed in range(SEEDS)]


def test_the_layers_are_done_by_the_kernels_for_helium() -> None:
    for form in (one for one in FORMS if one.name in LAYERS):
        parsed = [parse_model(between_floats(form, seed).content, "drawn") for seed in range(SEEDS)]
        sets = [lower_layer(OpView(one.main, one.main.ops[1], one.graphs), Target("mve"))[0] for one in parsed]
        assert sets.count("mve") >= SEEDS / 2, (form.name, sets)


@pytest.mark.slow
@pytest.mark.parametrize("level", LEVELS)
def test_between_plain_code_they_equal_tflm_at(level: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = check_pairs(models(), BOARD, tmp_path / "project", monkeypatch, flags=level.split())
    assert not outcome.refused
    assert not outcome.different
    assert len(outcome.equal) == SEEDS * len(LAYERS)
