"""The portable kernels as the boards run them, on emulated cores without DSP instructions, against TFLM."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ops.dsp.drawn import case
from tests.ops.harness import Case
from tests.ops.on_board import check_on_board
from tests.ops.portable.chain import chain

pytestmark = pytest.mark.slow
LAYERS = 8
"""Of each kind, in one firmware; the smallest board has 256 KB of flash and 16 KB of RAM."""


def drawn() -> list[Case]:
    kinds = ("CONV_2D", "DEPTHWISE_CONV_2D", "DEPTHWISE_CONV_2D any window", "FULLY_CONNECTED")
    return [*(case(seed, kind) for kind in kinds for seed in range(LAYERS)), *map(chain, range(LAYERS))]


@pytest.mark.parametrize("board_id", ["microbit", "mps2-an385", "qemu-riscv32"])
def test_kernels_equal_tflm_on(board_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_on_board(drawn(), board_id, tmp_path / "project", monkeypatch)
