"""Settings that take other instructions, and a thousand clips, on emulated boards: the integers of the host."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.artifacts import FirmwareProject
from mcu_toolkit.boards import Board, load_board
from mcu_toolkit.build import build_project, flash_project
from mcu_toolkit.frontend import MICRO_FRONTEND, AudioFrontend, features_of
from tests.emulated import own_boards
from tests.frontend import clips
from tests.frontend.in_c import write_sources
from tests.frontend.settings import SETTINGS
from tests.frontend.sounds import generated
from tests.platforms.echo_project import EchoBoard, make_echo_project

pytestmark = pytest.mark.slow
BOARDS = ("microbit", "netduinoplus2", "mps3-an547", "qemu-riscv32")
"""Cortex-M0, M4F, M55 and RV32."""
SAMPLES = 4000
SOUNDS = tuple(range(10))
"""One of each kind of generated sound."""


OTHER_SETTINGS = ("FFT of 1024", "FFT of 32", "bands without a bin")
"""A stage of radix 2 first, a window that fills no vector; the smallest FFT; empty bands."""


@pytest.mark.parametrize("board_id", ["netduinoplus2", "mps3-an547"])
@pytest.mark.parametrize("setting", [OTHER_SETTINGS[0], *(pytest.param(name, marks=pytest.mark.nightly) for name in OTHER_SETTINGS[1:])])
def test_other_settings_are_the_hosts_where_instructions_differ(
    board_id: str, setting: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_board(board_id, SETTINGS[setting], tmp_path, monkeypatch)


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("board_id", BOARDS)
def test_a_thousand_clips_have_the_hosts_features(board_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    board = load_board(board_id)
    project = make_echo_project(board, tmp_path / "project")
    source = write_sources(MICRO_FRONTEND, project.folder / "src")
    shutil.copy(Path(__file__).with_name("board_clips.c"), source / "main.c")
    (source / "clips.h").write_text(clips.header())
    expected = [features_of(clips.clip(number), MICRO_FRONTEND) for number in range(clips.CLIPS)]
    computed = lines_of(project, board, clips.CLIPS, monkeypatch)
    differing = [number for number, features in enumerate(expected) if computed[number] != f"{clips.sum_of(features):08x}"]
    assert not differing
    assert len(set(computed)) > 0.9 * clips.CLIPS, "they are different sounds"


def lines_of(project: FirmwareProject, board: Board, count: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The first lines that the board writes."""
    with own_boards(monkeypatch):
        build_project(project, board)
        flash_project(project, board)
        running = EchoBoard.open(board.id)
        try:
            return [running.line() for _ in range(count)]
        finally:
            running.close()


def check_board(board_id: str, frontend: AudioFrontend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    board = load_board(board_id)
    sounds = [generated(number, SAMPLES) for number in SOUNDS]
    expected = np.concatenate([features_of(samples, frontend) for samples in sounds])
    project = make_echo_project(board, tmp_path / "project")
    source = write_sources(frontend, project.folder / "src")
    shutil.copy(Path(__file__).with_name("board_main.c"), source / "main.c")
    rows = ",\n".join("{" + ", ".join(map(str, samples.tolist())) + "}" for samples in sounds)
    (source / "sounds.h").write_text(
        f"#include <stdint.h>\n#define SOUNDS {len(sounds)}u\n#define SOUND_SAMPLES {SAMPLES}u\n"
        f"static const int16_t sounds[SOUNDS][SOUND_SAMPLES] = {{\n{rows}}};\n"
    )
    lines = lines_of(project, board, len(expected), monkeypatch)
    computed = np.array([[int(line[at : at + 4], 16) for at in range(0, len(line), 4)] for line in lines], np.uint16)
    assert expected.shape == (frontend.frames_in(SAMPLES) * len(SOUNDS), frontend.features)
    assert len(expected) >= 3 * len(SOUNDS)
    assert np.array_equal(computed, expected)
