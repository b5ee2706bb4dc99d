"""`mcu generate --export-only` and `--as-library`: a model's code for the user's own projects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mcu_toolkit.artifacts import CompiledModelInfo
from mcu_toolkit.boards import Board
from mcu_toolkit.firmware import export_folder
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline.inspection.memory_check import memory_line
from mcu_toolkit.pipeline.workspace.inputs import refuse_unsupported
from mcu_toolkit.pipeline.workspace.locks import folder_in_use
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.runtimes.aot.emit.arduino_library import is_library_folder
from mcu_toolkit.runtimes.base import Runtime
from mcu_toolkit.system.records import INLINE
from mcu_toolkit.system.sinks import shell_command
from mcu_toolkit.units import format_bytes


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
    board: str
    runtime: str
    kernels: str
    """The instruction set they are for."""
    arena_bytes: int
    """Of the arena that all models share."""
    models: tuple[ExportedModel, ...]
    files: tuple[str, ...]


def export(
    models: Sequence[Model],
    board: Board,
    runtime: Runtime,
    folder: Path,
    progress: Progress,
    *,
    as_library: bool,
    observer: bool = False,
    force: bool = False,
) -> StepResult[ExportResult]:
    """Write the code of `models` into `folder`, with the kernels that suit `board`; nothing is written where a model is refused."""
    progress.stage(f"exporting {', '.join(model.name for model in models)} as C: {runtime.name} runtime, {board.instruction_set} kernels")
    for model in models:
        refuse_unsupported(model, runtime, board)
    with folder_in_use(folder):
        done = export_folder(models, board, runtime, folder, as_library=as_library, observer=observer, overwrite=force)
    result = ExportResult(
        folder=folder,
        library=as_library,
        board=board.id,
        runtime=runtime.name,
        kernels=board.instruction_set,
        arena_bytes=done.arena_bytes,
        models=tuple(ExportedModel(model.sha256, info) for model, info in zip(models, done.models, strict=True)),
        files=done.files,
    )
    what = "library" if as_library else "export"
    lines = [f"{what}: {folder} ({len(done.files)} files; kernels {board.instruction_set})"]
    lines += [f"{info.prefix}.h: {memory_line(info)}" for info in done.models]
    if len(models) > 1:
        lines.append(f"shared arena: {format_bytes(done.arena_bytes)}")
    if as_library and not is_library_folder(folder.resolve().name):
        lines.append(
            "note: the Arduino IDE takes only folders of at most 63 letters, digits, _, . and - as libraries; PlatformIO takes this one"
        )
    return StepResult("generate", tuple(lines), result, next_command="" if as_library else shell_command("make", "-C", folder, "run"))
