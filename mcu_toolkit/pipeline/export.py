"""`mcu generate --export-only` and `--as-library`: a model's code for projects of the user's own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

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
from mcu_toolkit.system.sinks import shell_command
from mcu_toolkit.units import format_bytes


def export(
    models: Sequence[Model], board: Board, runtime: Runtime, folder: Path, progress: Progress, *, as_library: bool, force: bool = False
) -> StepResult:
    """Write the code of `models` into `folder`, with the kernels that suit `board`; nothing is written where a model is refused."""
    progress.stage(f"exporting {', '.join(model.name for model in models)} as C: {runtime.name} runtime, {board.instruction_set} kernels")
    for model in models:
        refuse_unsupported(model, runtime, board)
    with folder_in_use(folder):
        done = export_folder(models, board, runtime, folder, as_library=as_library, overwrite=force)
    facts = {
        "folder": str(folder),
        "library": as_library,
        "board": board.id,
        "runtime": runtime.name,
        "kernels": board.instruction_set,
        "arena_bytes": done.arena_bytes,
        "models": [{"sha256": model.sha256, **memory} for model, memory in zip(models, done.memory, strict=True)],
        "files": list(done.files),
    }
    what = "library" if as_library else "export"
    lines = [f"{what}: {folder} ({len(done.files)} files; kernels {board.instruction_set})"]
    lines += [f"{memory['prefix']}.h: {memory_line(memory)}" for memory in done.memory]
    if len(models) > 1:
        lines.append(f"shared arena: {format_bytes(done.arena_bytes)}")
    if as_library and not is_library_folder(folder.resolve().name):
        lines.append(
            "note: the Arduino IDE takes only folders of at most 63 letters, digits, _, . and - as libraries; PlatformIO takes this one"
        )
    return StepResult("generate", tuple(lines), facts, next_command="" if as_library else shell_command("make", "-C", folder, "run"))
