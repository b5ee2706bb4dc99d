"""The same bytes from firmware that Clang compiled: pairs of operators and public models, on emulated boards."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pairs.models import Pair
from tests.pairs.on_board import Outcome, check_pairs
from tests.pairs.test_pairs import PARTS, part_of_models
from tests.shared_models import shared_model

LEVELS = ("-O0", "-O1", "-O2", "-O3", "-Os", "-O2 -flto", "-O3 -flto")
BOARDS = ("mps3-an547", "mps2-an386")
"""Cortex-M55 with Helium and Cortex-M4 with the DSP extension."""
EACH_TIME = (("mps3-an547", "-O2"), ("mps3-an547", "-O3 -flto"), ("mps2-an386", "-Os"), ("mps2-an386", "-O2 -flto"))
MODELS = 128
"""In an image, which is booted once."""
GROUPS = (("hello_world_int8", "kws_ref_model", "micro_speech_quantized"), ("ad01_int8",), ("vww_96_int8",), ("pretrainedResnet_quant",))
"""Public models by what fits into the flash of a board."""


def check_part(board_id: str, level: str, part: int, models: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = part_of_models(part)[:models]
    outcome = check_pairs(drawn, board_id, folder, monkeypatch, flags=level.split(), compiler="clang")
    require_equal(outcome, len(drawn))
    assert len(outcome.refused) < len(drawn) / 50, outcome.refused


def require_equal(outcome: Outcome, count: int) -> None:
    assert not outcome.different, outcome.different
    assert len(outcome.equal) + len(outcome.refused) == count


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("board_id", "level"), EACH_TIME)
def test_models_of_two_layers_equal_tflm(board_id: str, level: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_part(board_id, level, EACH_TIME.index((board_id, level)), MODELS // 2, tmp_path / "project", monkeypatch)


@pytest.mark.nightly
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("board_id", BOARDS)
def test_models_of_two_layers_equal_tflm_at_every_level(board_id: str, level: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another part for each level, so that other models are seen each time."""
    part = (LEVELS.index(level) + len(LEVELS) * BOARDS.index(board_id)) % PARTS
    check_part(board_id, level, part, MODELS, tmp_path / "project", monkeypatch)


@pytest.mark.nightly
@pytest.mark.parametrize("names", GROUPS, ids=lambda names: names[0])
@pytest.mark.parametrize("level", ["-O1", "-O2", "-O3", "-Os", "-O2 -flto"])
@pytest.mark.parametrize("board_id", BOARDS)
def test_public_models_equal_tflm(
    board_id: str, level: str, names: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = [Pair(name, shared_model(name).read_bytes()) for name in names]
    outcome = check_pairs(models, board_id, tmp_path / "project", monkeypatch, flags=level.split(), compiler="clang")
    assert outcome.equal == list(names), outcome
