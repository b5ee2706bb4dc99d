"""Front ends of each kind on emulated boards of each kind of core, in one image: the integers of the host."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.build import build_project, flash_project
from mcu_toolkit.firmware import frontend_sources
from mcu_toolkit.frontend import MICRO_FRONTEND, MLPERF_KWS, features_of
from mcu_toolkit.frontend.motion.compute import motion_features
from tests.emulated import own_boards
from tests.frontend.motion import in_c as motion_in_c
from tests.frontend.motion.settings import ALL, motion
from tests.frontend.sounds import generated
from tests.platforms.echo_project import EchoBoard, make_echo_project

pytestmark = pytest.mark.slow
BOARDS = ("microbit", "netduinoplus2", "mps3-an547", "qemu-riscv32")
"""Cortex-M0, M4F, M55 and RV32."""
SAMPLES = 4000
SOUNDS, MEL_SOUNDS = 10, 3
"""One of each kind of generated sound through `micro_frontend`, the first of them through MFCC."""
MOTIONS, READINGS = 7, 200
"""One of each kind of motion."""


def array(name: str, shape: str, values: list[npt.NDArray[Any]]) -> str:
    def braces(part: npt.NDArray[Any]) -> str:
        return "{" + ", ".join(map(braces, part) if part.ndim > 1 else map(str, part.tolist())) + "}"

    return f"static const int16_t {name}{shape} = {{\n" + ",\n".join(map(braces, values)) + "};\n"


def write_project_sources(source: Path, sounds: list[npt.NDArray[np.int16]], motions: list[npt.NDArray[np.int16]]) -> None:
    for name, text in {**frontend_sources(MICRO_FRONTEND, "wake"), **frontend_sources(MLPERF_KWS, "mel")}.items():
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    motion_in_c.write_sources(ALL, source)
    shutil.copy(Path(__file__).with_name("kinds_main.c"), source / "main.c")
    sizes = {"SOUNDS": len(sounds), "MEL_SOUNDS": MEL_SOUNDS, "SOUND_SAMPLES": SAMPLES, "MOTIONS": MOTIONS, "READINGS": READINGS}
    (source / "data.h").write_text(
        "#include <stdint.h>\n"
        + "".join(f"#define {name} {value}u\n" for name, value in sizes.items())
        + array("sounds", "[SOUNDS][SOUND_SAMPLES]", list(sounds))
        + array("motions", f"[MOTIONS][READINGS][{len(ALL.axes)}]", list(motions))
    )


@pytest.mark.parametrize("board_id", BOARDS)
def test_the_board_computes_what_the_host_computes(board_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    board = load_board(board_id)
    sounds = [generated(number, SAMPLES) for number in range(SOUNDS)]
    motions = [motion(number, READINGS, len(ALL.axes)) for number in range(MOTIONS)]
    expected = [features_of(samples, MICRO_FRONTEND) for samples in sounds]
    expected += [features_of(samples, MLPERF_KWS) for samples in sounds[:MEL_SOUNDS]]
    expected += [motion_features(readings, ALL) for readings in motions]
    rows = [row.tolist() for features in expected for row in features]
    project = make_echo_project(board, tmp_path / "project")
    write_project_sources(project.folder / "src", sounds, motions)
    with own_boards(monkeypatch):
        build_project(project, board)
        flash_project(project, board)
        running = EchoBoard.open(board.id)
        try:
            lines = [running.line() for _ in rows]
        finally:
            running.close()
    computed = [[int(line[at : at + 4], 16) for at in range(0, len(line), 4)] for line in lines]
    assert len(rows) == MICRO_FRONTEND.frames_in(SAMPLES) * SOUNDS + 12 * MEL_SOUNDS + 2 * MOTIONS
    assert computed == rows
