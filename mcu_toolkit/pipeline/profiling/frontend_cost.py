"""What a front end costs on an emulated board: instructions for a second of audio, counted while its features are proven right."""

from __future__ import annotations

import re
import time
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts import FirmwareProject
from mcu_toolkit.artifacts.contract import find_frontend
from mcu_toolkit.boards import Board, load_board
from mcu_toolkit.build import build_project, compiler_of, elf_path, flash_project
from mcu_toolkit.device import open_port
from mcu_toolkit.errors import DeviceError, InputError
from mcu_toolkit.execution_counts import Work, build_plugin, estimate, plugin_arguments, read_listing, read_trace, total
from mcu_toolkit.firmware.frontend_project import CALLER, WORK, frontend_project
from mcu_toolkit.frontend import AudioFrontend, features_of
from mcu_toolkit.pipeline.profiling.counting import can_count
from mcu_toolkit.pipeline.sound_features import FrontendRequest
from mcu_toolkit.pipeline.workspace.inputs import DEFAULT_BOARD
from mcu_toolkit.pipeline.workspace.locks import board_in_use
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.report.cycles import band_text
from mcu_toolkit.system.files import temporary_folder
from mcu_toolkit.system.process import require_tool

_SECONDS = 1
_ANSWER = re.compile(rb"features ([0-9a-f]{8}) ([0-9a-f]{8}) end")
_ANSWER_TIMEOUT_S = 120.0
_SEED = 20


@dataclass(frozen=True)
class FrontendCost:
    """What `mcu frontend --cost` found."""

    frontend: AudioFrontend
    board: str
    frames: int
    """Of a second of audio."""
    instructions: int
    """For a second of audio, counted."""
    estimated_cycles: int | None
    """The same weighted by the core's manual; None where it gives no cycles of single instructions."""
    cycles: tuple[int, int] | None
    """The least and the most that the board takes, by estimate; None where nothing is known of the core."""
    share_of_real_time: tuple[float, float] | None
    """Of the board's clock, from those."""


def frontend_cost(request: FrontendRequest, board_id: str | None, progress: Progress, *, asked: bool = True) -> StepResult[FrontendCost]:
    """Count what the front end that `request` names takes for a second of audio on an emulated board; `asked`: by --cost.

    Raises InputError for what does not go together and for a board that is not emulated by QEMU, DeviceError where the board's
    features are not the host's, and what building and flashing raise.
    """
    if not asked:
        raise InputError(f"--board {board_id} without --cost", expected="--cost --board BOARD: on which board instructions are counted")
    if request.sounds or request.output or request.c_folder or request.model or request.model_output:
        raise InputError("--cost together with something else", expected="the front end, --cost and --board", hint="two commands")
    frontend, board = find_frontend(request.frontend), load_board(board_id or DEFAULT_BOARD)
    if not can_count(board):
        raise InputError("instructions are counted on boards that QEMU emulates", on=board.id, expected="one of them: mcu boards")
    facts = cost_on_board(frontend, board, progress)
    return StepResult("frontend", (*frontend.lines(), *_lines(facts)), facts)


def cost_on_board(frontend: AudioFrontend, board: Board, progress: Progress) -> FrontendCost:
    """Count on a board that QEMU emulates; it runs the firmware of the count afterwards.  Raises what `count_features` raises."""
    sound = sound_of_a_second(frontend.sample_rate_hz)
    with temporary_folder() as folder:
        project = frontend_project(frontend, board, sound, folder / "firmware")
        work = count_features(project, board, features_of(sound, frontend), progress)
    return _facts(frontend, board, frontend.frames_in(len(sound)), work)


def sound_of_a_second(rate_hz: int) -> npt.NDArray[np.int16]:
    """A second of sound, int16 [samples]: a tone that rises, and noise that comes and goes; the same every time."""
    times = np.arange(_SECONDS * rate_hz) / rate_hz
    noise = np.random.default_rng(_SEED).standard_normal(len(times)) * (1 + np.sin(2 * np.pi * 3 * times))
    return np.asarray(np.clip(6000 * np.sin(2 * np.pi * (200 + 800 * times) * times) + 1200 * noise, -(2**15), 2**15 - 1), np.int16)


def count_features(project: FirmwareProject, board: Board, features: npt.NDArray[np.uint16], progress: Progress) -> Work:
    """The work of a project of `frontend_project`, whose board has to compute `features`, uint16 [frames, features]."""
    progress.stage(f"counting the instructions of a second of audio on {board.id}")
    objdump = require_tool(compiler_of(board).program.replace("gcc", "objdump"), hint="install the whole compiler (binutils)")
    with board_in_use(board, None):
        build_project(project, board, on_line=progress.line)
        listing, counts = read_listing(elf_path(project), objdump), project.folder / "counts"
        start, stop = listing.function_start(WORK), listing.return_address(CALLER, WORK)
        arguments = plugin_arguments(build_plugin(), start, stop, counts)
        port = flash_project(project, board, on_line=progress.line, emulator_arguments=arguments)
        found = _answer(port, board)
    if found != (len(features), _sum(features)):
        raise DeviceError(
            f"its features are not the host's: {found[0]} frames with the sum {found[1]:08x}",
            on=board.id,
            expected=f"{len(features)} frames with the sum {_sum(features):08x}",
            hint="this is a defect of the toolkit or of the compiler",
        )
    return total(estimate(read_trace(counts), listing, board.core))


def _answer(port: str, board: Board) -> tuple[int, int]:
    """Frames and the sum of their features, as the board says."""
    text, deadline = b"", time.monotonic() + _ANSWER_TIMEOUT_S
    with closing(open_port(port, board.serial.baud)) as link:
        while (found := _ANSWER.search(text)) is None:
            link.write(b"?")
            if time.monotonic() > deadline:
                raise DeviceError(f"said nothing about its features for {_ANSWER_TIMEOUT_S:.0f} s", on=board.id, hint="mcu boards stop")
            text += link.read(1.0)
    return int(found[1], 16), int(found[2], 16)


def _sum(features: npt.NDArray[np.uint16]) -> int:
    """As frontend_cost.c.j2 adds them up."""
    found = 0
    for feature in features.ravel().tolist():
        found = (31 * found + feature) % 2**32
    return found


def _facts(frontend: AudioFrontend, board: Board, frames: int, work: Work) -> FrontendCost:
    band = board.cycle_band
    cycles = None if band is None else band.of(work.instructions if work.cycles is None else work.cycles)
    share = None if cycles is None else (cycles[0] / board.clock_hz, cycles[1] / board.clock_hz)
    counted = None if work.cycles is None else round(work.cycles)
    return FrontendCost(frontend, board.id, frames, round(work.instructions), counted, cycles, share)


def _lines(cost: FrontendCost) -> list[str]:
    cycles = "" if cost.cycles is None else f", {band_text(cost.cycles)} M cycles by estimate"
    share = "" if cost.share_of_real_time is None else ": {:.1%} to {:.1%} of its clock".format(*cost.share_of_real_time)
    return [
        f"{cost.board}: {cost.instructions:,} instructions for a second of audio ({cost.frames} frames){cycles}{share}",
        "the board's features are the host's",
    ]
