"""`mcu frontend --cost`: what a second of audio takes, and that the board's features are right."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import InputError
from mcu_toolkit.pipeline.profiling.frontend_cost import frontend_cost, sound_of_a_second
from mcu_toolkit.pipeline.sound_features import FrontendRequest
from mcu_toolkit.pipeline.workspace.progress import Silent
from tests.emulated import own_boards

REFERENCE = {"netduinoplus2": 8_291_517, "mps3-an547": 8_259_268}
"""Instructions of TFLM's microfrontend, the C++ of pymicro-features 2.0.2, for this sound, GCC 12.2 at -O2 (docs/performance.md)."""
ALLOWED = {"netduinoplus2": 0.4, "mps3-an547": 0.2}
"""Shares of the reference."""


@pytest.mark.slow
@pytest.mark.parametrize("board_id", REFERENCE)
def test_a_second_of_audio_takes_less_than_half_of_the_reference(board_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with own_boards(monkeypatch):
        found = frontend_cost(FrontendRequest("micro_frontend"), board_id, Silent())
    assert found.facts.frames == 98
    assert 0 < found.facts.instructions < ALLOWED[board_id] * REFERENCE[board_id]
    assert (found.facts.estimated_cycles is None) == (board_id == "mps3-an547")
    assert found.facts.cycles is not None
    assert found.facts.share_of_real_time == tuple(end / load_board(board_id).clock_hz for end in found.facts.cycles)
    assert f"{found.facts.instructions:,} instructions" in "\n".join(found.lines)


def test_the_sound_is_the_same_every_time_and_loud() -> None:
    sound = sound_of_a_second(16_000)
    assert (sound == sound_of_a_second(16_000)).all()
    assert (len(sound), abs(sound.astype(int)).max() > 8000) == (16_000, True)


@pytest.mark.parametrize(
    ("request_", "board", "asked", "message"),
    [
        (FrontendRequest("micro_frontend"), "netduinoplus2", False, "--board netduinoplus2 without --cost"),
        (FrontendRequest("micro_frontend", (Path("a.wav"),)), None, True, "--cost together with something else"),
        (FrontendRequest("micro_frontend", c_folder=Path("src")), None, True, "--cost together with something else"),
        (FrontendRequest("micro_frontend"), "host", True, "on boards that QEMU emulates"),
        (FrontendRequest("micro_frontent"), "netduinoplus2", True, "micro_frontent"),
        (FrontendRequest("micro_frontend"), "netduinoplus3", True, "netduinoplus3"),
    ],
)
def test_what_cannot_be_counted_is_refused_by_name(request_: FrontendRequest, board: str | None, asked: bool, message: str) -> None:
    with pytest.raises(InputError, match=message):
        frontend_cost(request_, board, Silent(), asked=asked)
