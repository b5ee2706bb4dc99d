"""A firmware that is nothing but a front end: it computes the features of a sound once and says what they were."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts import FirmwareProject
from mcu_toolkit.artifacts.banner import banner_lines
from mcu_toolkit.boards import Board
from mcu_toolkit.firmware.frontend import frontend_sources
from mcu_toolkit.firmware.template_files import copied_sources, platform_files, rendered_file
from mcu_toolkit.frontend import AudioFrontend
from mcu_toolkit.system.confined import write_inside
from mcu_toolkit.version import __version__

WORK, CALLER = "frontend_work", "frontend_call"
"""C functions: all that is counted, and what calls it."""
_NAME = "cost"
_TEMPLATE = "common/frontend_cost.c.j2"
_A_ROW = 24


@dataclass(frozen=True)
class _Context:
    """Variables of the templates: those of a project without models."""

    board: Board
    sound: tuple[str, ...]
    """Rows of samples."""
    samples: int
    hop_samples: int
    models: tuple[()] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    toolkit_version: str = __version__
    banner: tuple[str, ...] = banner_lines(())
    optimize: str = "balanced"
    application: bool = False
    own_platform: bool = True


def frontend_project(frontend: AudioFrontend, board: Board, sound: npt.NDArray[np.int16], folder: Path) -> FirmwareProject:
    """Write the project for an emulated board into the new folder `folder`; `sound`: int16 [samples], compiled in."""
    words = [str(sample) for sample in sound.tolist()]
    rows = tuple(", ".join(words[start : start + _A_ROW]) for start in range(0, len(words), _A_ROW))
    context = _Context(board, rows, len(words), frontend.hop_samples)
    for name, content in _files(frontend, board, context):
        write_inside(folder, name, content)
    return FirmwareProject(folder, board.id, "front end", (), ())


def _files(frontend: AudioFrontend, board: Board, context: _Context) -> Iterator[tuple[str, bytes]]:
    yield "platformio.ini", rendered_file("common/platformio.ini.j2", context)
    yield "src/firmware_config.h", rendered_file("common/src/firmware_config.h.j2", context)
    yield "src/main.c", rendered_file(_TEMPLATE, context)
    yield from ((name, content) for name, content in copied_sources("common/src", board) if name == "src/platform.h")
    yield from platform_files(board, context, own=True)
    yield from ((f"src/{name}", text.encode()) for name, text in frontend_sources(frontend, _NAME).items())
