"""`mcu generate --as NAME`: a model's code for the user's own projects."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from mcu_toolkit.artifacts import CompiledModelInfo
from mcu_toolkit.boards import Board
from mcu_toolkit.errors import InputError
from mcu_toolkit.export_formats import LIBRARY, MAKE, ExportFormat
from mcu_toolkit.firmware import export_folder
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline.inspection.memory_check import memory_line
from mcu_toolkit.pipeline.workspace.inputs import refuse_unsupported
from mcu_toolkit.pipeline.workspace.locks import folder_in_use
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.runtimes.aot.emit.arduino_library import is_library_folder
from mcu_toolkit.runtimes.base import ExportForm, Runtime
from mcu_toolkit.system.records import INLINE
from mcu_toolkit.system.sinks import shell_command
from mcu_toolkit.units import format_bytes

_FOLDER = "{folder}"
"""What stands for the folder in a format's commands."""
_PREFIX_LENGTH = 32
_PREFIX = re.compile(rf"[A-Za-z][A-Za-z0-9_]{{0,{_PREFIX_LENGTH - 1}}}")


@dataclass(frozen=True)
class ExportedModel:
    """A model whose code was written."""

    sha256: str
    info: CompiledModelInfo = field(metadata=INLINE)


@dataclass(frozen=True)
class ExportResult:
    """What was exported."""

    folder: Path
    library: bool
    """Whether PlatformIO takes it as a library."""
    format: str
    """The build system it is for, as in `--as`."""
    shared_arena: bool
    """Whether all models have one arena, and run one at a time."""
    board: str
    runtime: str
    kernels: str
    """The instruction set they are for."""
    arena_bytes: int
    """Of the arena that all models share, or of their arenas together."""
    models: tuple[ExportedModel, ...]
    files: tuple[str, ...]


def with_prefix(models: Sequence[Model], prefix: str) -> tuple[Model, ...]:
    """The models with names that begin with `prefix` and an underscore, so that two versions of a model can be in one program.

    Raises InputError for a prefix that cannot begin an identifier of C.
    """
    if not prefix:
        return tuple(models)
    if _PREFIX.fullmatch(prefix) is None:
        expected = f"a letter, then letters, digits and underscores, {_PREFIX_LENGTH} at most"
        raise InputError(f"--prefix {prefix!r} cannot begin a name in C", expected=expected, hint="--prefix v2")
    return tuple(replace(model, name=f"{prefix.rstrip('_')}_{model.name}") for model in models)


def export(
    models: Sequence[Model],
    board: Board,
    runtime: Runtime,
    folder: Path,
    progress: Progress,
    *,
    form: ExportForm,
    force: bool = False,
) -> StepResult[ExportResult]:
    """Write the code of `models` into `folder`, with the kernels that suit `board`; nothing is written where a model is refused."""
    progress.stage(f"exporting {', '.join(model.name for model in models)} as C: {runtime.name} runtime, {board.instruction_set} kernels")
    for model in models:
        refuse_unsupported(model, runtime, board)
    with folder_in_use(folder):
        done = export_folder(models, board, runtime, folder, form, overwrite=force)
    result = ExportResult(
        folder=folder,
        library=form.format.in_platformio,
        format=form.format.name,
        shared_arena=form.shared_arena,
        board=board.id,
        runtime=runtime.name,
        kernels=board.instruction_set,
        arena_bytes=done.arena_bytes,
        models=tuple(ExportedModel(model.sha256, info) for model, info in zip(models, done.models, strict=True)),
        files=done.files,
    )
    what = "export" if form.format is MAKE else f"export for {form.format.name}"
    if form.format is LIBRARY:
        what = "library"
    lines = [f"{what}: {folder} ({len(done.files)} files; kernels {board.instruction_set})"]
    lines += [f"{info.prefix}.h: {memory_line(info)}" for info in done.models]
    if len(models) > 1:
        arena = format_bytes(done.arena_bytes)
        smaller = format_bytes(max(info.arena_bytes for info in done.models))
        apart = f"arenas: {arena} in all ({smaller} with --shared-arena, for models that run one at a time)"
        lines.append(f"shared arena: {arena}" if form.shared_arena else apart)
    if form.format.in_arduino and not is_library_folder(folder.resolve().name):
        lines.append(
            "note: the Arduino IDE takes only folders of at most 63 letters, digits, _, . and - as libraries"
            + ("; PlatformIO takes this one" if form.format.in_platformio else "")
        )
    return StepResult("generate", tuple(lines), result, next_command=_next_command(form.format, folder))


def _next_command(chosen: ExportFormat, folder: Path) -> str:
    words = [_in_folder(word, folder) if word.startswith(_FOLDER) else word for word in chosen.next_command]
    return shell_command(*words) if words else ""


def _in_folder(word: str, folder: Path) -> Path:
    return folder / word.removeprefix(_FOLDER).lstrip("/")
