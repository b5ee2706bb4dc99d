"""A model that `mcu quantize` made deploys with the defaults on every emulated board that it is said to fit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mcu_toolkit.boards import Board, all_boards
from mcu_toolkit.model import read_model
from mcu_toolkit.pipeline.deploy import deploy
from mcu_toolkit.pipeline.inspection.room import decide
from mcu_toolkit.pipeline.proof.job import Job
from mcu_toolkit.pipeline.workspace.inputs import choose_runtime
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.pipeline.workspace.samples import load_inputs
from tests.emulated import own_boards, skip_without_emulator
from tests.trained_models import quantized

BOARDS = [board for board in all_boards() if board.is_emulated and not board.core_facts.is_host]


@pytest.fixture
def boards(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with own_boards(monkeypatch) as folder:
        yield folder


@pytest.mark.slow
@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.id)
@pytest.mark.parametrize("scheme", ["int8", pytest.param("int16x8", marks=pytest.mark.nightly)])
def test_a_quantized_model_deploys_on_the_boards_that_it_fits(board: Board, scheme: str, boards: Path, tmp_path: Path) -> None:
    skip_without_emulator(board)
    model, runtime = read_model(quantized("digits", scheme)), choose_runtime(None, board)
    decision = decide(model, runtime, board)
    assert decision.fits, decision.why  # 13 KB of constants and 4 KB of arena: every board has that
    report = deploy(Job(model, board, runtime, load_inputs(model, None, 2, 0), tmp_path), Silent())
    assert report.verdict == "pass"
    assert decision.prediction is not None
    assert report.footprint is not None
    assert report.footprint.arena_bytes == decision.prediction.arena_bytes
    assert report.footprint.flash_bytes <= decision.prediction.flash_bytes + decision.prediction.flash_error_bytes
    assert report.footprint.ram_bytes <= decision.prediction.ram_bytes + decision.prediction.ram_error_bytes
    assert report.stack_bytes is not None
    assert report.stack_bytes <= decision.prediction.stack_bytes + decision.prediction.stack_error_bytes
