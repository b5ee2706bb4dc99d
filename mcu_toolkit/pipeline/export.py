"""`mcu generate --export-only` and `--as-library`: a model's code for projects of the user's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mcu_toolkit.boards import Board
from mcu_toolkit.firmware import export_folder
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline.inputs import refuse_unsupported
from mcu_toolkit.pipeline.locks import folder_in_use
from mcu_toolkit.pipeline.progress import Progress
from mcu_toolkit.pipeline.step import StepResult
from mcu_toolkit.runtimes.aot.emit.arduino_library import is_library_folder
from mcu_toolkit.runtimes.base import Runtime
from mcu_toolkit.sinks import shell_command
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


def memory_line(memory: Mapping[str, Any]) -> str:
    """`arena 11.1 KiB (lower bound 10.9 KiB), constants 30.2 KiB`, state where there is some, and by how much repacked weights grew."""
    arena = f"arena {format_bytes(memory['arena_bytes'])} (lower bound {format_bytes(memory['arena_lower_bound_bytes'])})"
    state = f", state {format_bytes(memory['state_bytes'])}" if memory["state_bytes"] else ""
    return f"{arena}, constants {format_bytes(memory['weights_bytes'])}{_growth(memory)}{state}"


def _growth(memory: Mapping[str, Any]) -> str:
    """` (weights +1.2 % against the model)`: what padding costs and what is left out saves; nothing where they are as they were."""
    stored, before = memory.get("repacked_weights_bytes", 0), memory.get("weights_before_bytes", 0)
    return f" (weights {100 * (stored / before - 1):+.1f} % against the model)" if before and stored != before else ""
