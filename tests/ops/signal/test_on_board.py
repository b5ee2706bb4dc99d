"""FFTs of every size in 16 bits, and the whole front end, on cores with DSP instructions, with Helium and without both."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ops.harness import Case
from tests.ops.on_board import check_on_board
from tests.ops.signal.front_end import front_end_model
from tests.ops.signal.models import one_operator
from tests.ops.signal.test_fft import options

pytestmark = pytest.mark.slow
_SIZES = (4, 8, 16, 32, 64, 128, 256, 512, 1024)


def cases() -> list[Case]:
    found = [Case(front_end_model(streams=False), "the front end")]
    for size in _SIZES:
        samples, spectrum = [([size], "int16")], [([size + 2], "int16")]
        found.append(Case(one_operator("SignalRfft", samples, spectrum, options("int16", size)), f"FFT of {size}"))
        found.append(Case(one_operator("SignalIrfft", spectrum, samples, options("int16", size)), f"inverse FFT of {size}"))
    return found


@pytest.mark.parametrize("board_id", ["mps2-an385", "netduinoplus2", "mps3-an547"])
def test_boards_compute_what_tflm_does(board_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_on_board(cases(), board_id, tmp_path, monkeypatch)
