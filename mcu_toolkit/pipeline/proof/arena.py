"""Measures the arena on the board: builds with a large one, reads how much was used, builds again with that, and tries it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.boards import Board
from mcu_toolkit.device import Client, FirmwareFaultError, open_port, status_text
from mcu_toolkit.errors import DeviceError, InputError, NotSatisfiedError
from mcu_toolkit.firmware import Extras
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline import firmware
from mcu_toolkit.pipeline.proof import device
from mcu_toolkit.pipeline.workspace.device_text import DeviceText
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.protocol.messages import ModelInfoReply
from mcu_toolkit.runtimes.base import MeasuresArena, Runtime
from mcu_toolkit.system.files import write_text
from mcu_toolkit.system.json_text import json_text
from mcu_toolkit.system.parsing import json_value
from mcu_toolkit.system.user_folders import private_cache

_ARENA_TOO_SMALL = 4
"""INFERENCE_ARENA_TOO_SMALL of `inference.h`."""
_FIRST_STEP_BYTES = 256
"""What is added first, then twice that and so on, where what the board says it used is not enough to start with: small models
need more while their memory is planned than afterwards (measured: hello_world 1.1 KB for 0.7 KB)."""


@dataclass(frozen=True)
class Place:
    """Where the firmware is generated, the port of its board, and the file of a custom board."""

    folder: Path
    port: str | None = None
    board_file: Path | None = None


def known_runtime(models: Sequence[Model], board: Board, runtime: Runtime) -> Runtime:
    """`runtime` with the arena that was measured before for these models, if it was."""
    if not isinstance(runtime, MeasuresArena) or runtime.is_measured():
        return runtime
    sizes = _recall(runtime.arena_key(models, board))
    return runtime if sizes is None else runtime.with_measured_arena(*sizes)


def measured_runtime(models: Sequence[Model], board: Board, runtime: Runtime, place: Place, progress: Progress) -> Runtime:
    """`runtime` with an arena of the size that the models use on `board`; measured there once for models, library and board.

    A runtime that plans its arena is returned as it is.  Raises NotSatisfiedError where the board has too little RAM.
    """
    runtime = known_runtime(models, board, runtime)
    if not isinstance(runtime, MeasuresArena) or runtime.is_measured():
        return runtime
    progress.note("the arena's size is not known yet: it is measured on the board, with a large arena first")
    found = _try_generous(models, board, runtime, place, progress)
    used_bytes = max(info.arena_used_bytes for info in found)
    for planning_bytes in _steps(found[0].arena_bytes - used_bytes):
        fitted = runtime.with_measured_arena(used_bytes, planning_bytes)
        if _starts(models, board, fitted, place, progress):
            more = f", {planning_bytes:,} more while the models are prepared" if planning_bytes else ""
            progress.note(f"arena: {used_bytes:,} bytes used{more}")
            _remember(runtime.arena_key(models, board), used_bytes, planning_bytes)
            return fitted
    raise DeviceError(f"the models start with an arena of {found[0].arena_bytes:,} bytes, but with no smaller one", on=board.id)


def _starts(models: Sequence[Model], board: Board, runtime: Runtime, place: Place, progress: Progress) -> bool:
    """Whether the models start with this arena, having started with a larger one.

    Where the arena is too small some libraries go on with a null pointer: a core faults, a program of this machine ends.
    """
    try:
        return all(info.status == 0 for info in _start(models, board, runtime, place, progress))
    except DeviceError as error:
        if not board.is_emulated and not isinstance(error, FirmwareFaultError):
            raise  # unplugged, most likely
        progress.note(f"this arena is too small: {error.what}")
        return False


def _steps(spare_bytes: int) -> Iterator[int]:
    """What to try in addition to what is used: nothing, then more and more, and all of it at last."""
    step = 0
    while step < spare_bytes:
        yield step
        step = 2 * step or _FIRST_STEP_BYTES
    yield max(spare_bytes, 0)


def _try_generous(models: Sequence[Model], board: Board, runtime: Runtime, place: Place, progress: Progress) -> tuple[ModelInfoReply, ...]:
    """What each model says of itself with the largest arena that fits the board."""
    attempt: Runtime | None = runtime
    while attempt is not None:
        try:
            found = _start(models, board, attempt, place, progress, explain=True)
        except NotSatisfiedError:
            assert isinstance(attempt, MeasuresArena)
            attempt = attempt.with_smaller_arena(models, board)
            if attempt is None:
                raise
            continue
        failed = [info for info in found if info.status != 0]
        if failed:
            raise _refused(failed[0], board)
        return found
    raise AssertionError("with_smaller_arena gave None and the error was not raised")


def _start(
    models: Sequence[Model], board: Board, runtime: Runtime, place: Place, progress: Progress, *, explain: bool = False
) -> tuple[ModelInfoReply, ...]:
    """What each model says of itself; `explain`: where one cannot be prepared, the user sees what the library prints about it."""
    project, _ = firmware.ensure_generated(models, board, runtime, place.folder, Extras(board_file=place.board_file), force=False)
    firmware.ensure_built(project, board, progress, force=False)
    with device.emulator_as_found(board):
        port, _ = device.ensure_flashed(project, board, place.port, progress, force=False)
    link = open_port(port, board.serial.baud)
    with closing(Client(link, on_text=DeviceText(lambda text: progress.note(f"board says: {text}")))) as client:
        found = tuple(client.model_info(index) for index in range(client.handshake().model_count))
        if explain and any(info.status != 0 for info in found):
            client.show_start_up()
        return found


def _refused(info: ModelInfoReply, board: Board) -> DeviceError | NotSatisfiedError:
    if info.status == _ARENA_TOO_SMALL:
        return NotSatisfiedError(
            f"the model needs an arena of more than {info.arena_bytes:,} bytes, which is all the RAM that is left",
            on=f"{info.name} on {board.id}",
            expected=f"a board with more than {board.ram.length_bytes:,} bytes of RAM",
            hint="mcu boards; or --runtime aot, which needs less, if it takes the model (mcu inspect)",
        )
    return DeviceError(
        f"the board could not prepare the model: {status_text(info.status)}",
        on=f"{info.name} on {board.id}",
        hint="what the library says about it is shown above as `board says`; another library: --tflm-library",
    )


def _file(key: str) -> Path:
    return private_cache("arenas") / f"{key}.json"


def _recall(key: str) -> tuple[int, int] | None:
    """(used, planning) in bytes."""
    try:
        record = json_value(_file(key).read_text(encoding="utf-8"))
        return int(record["used_bytes"]), int(record["planning_bytes"])
    except (OSError, ValueError, KeyError, TypeError, InputError):
        return None


def _remember(key: str, used_bytes: int, planning_bytes: int) -> None:
    write_text(_file(key), json_text({"used_bytes": used_bytes, "planning_bytes": planning_bytes}, indent=None))
