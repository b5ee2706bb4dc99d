"""Deploying a float model: it is quantized first, in the way that the runtime and its library can run."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.boards import Board, load_board
from mcu_toolkit.pipeline.quantize import QuantizeRequest, quantize
from mcu_toolkit.pipeline.workspace.inputs import DEFAULT_BOARD, choose_runtime, is_float_model
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.runtimes.base import Runtime, RuntimeOptions
from mcu_toolkit.units import format_bytes


@dataclass(frozen=True)
class FloatRequest:
    """What to deploy a float model with; None is the default's."""

    source: Path
    data: Path | None
    """Holds the representative set beside the samples to prove the board with; without it nothing can be quantized."""
    board: str | None
    runtime: str | None
    choices: RuntimeOptions
    output: Path | None

    @property
    def is_float(self) -> bool:
        """Whether `source` is to be quantized: a float model with data."""
        return self.data is not None and is_float_model(self.source)


def quantize_first(request: FloatRequest, progress: Progress, *, force: bool = False) -> tuple[Path, Path]:
    """(the .tflite file, the folder to deploy to): the float model as full int8, in the way that runtime and library can run."""
    board = load_board(request.board or DEFAULT_BOARD)
    runtime = choose_runtime(request.runtime, board, request.choices)
    folder = request.output or Path("build") / f"{request.source.stem}-{board.id}"
    tflite = folder / f"{request.source.stem}_int8.tflite"
    return quantize_for(QuantizeRequest(request.source, request.data, tflite), runtime, board, progress, force=force), folder


def quantize_for(request: QuantizeRequest, runtime: Runtime, board: Board, progress: Progress, *, force: bool = False) -> Path:
    """Quantize as `request` says and return its output file.

    Where the runtime's library runs dense layers right only with one weight scale, they are converted so, with a
    note.  Raises what `quantize` raises.
    """
    reason = runtime.wants_per_tensor_dense(board)
    if reason:
        progress.note(f"dense layers get one weight scale each: {reason}")
        request = dataclasses.replace(request, per_tensor_dense=True)
    made = quantize(request, progress, force=force)
    for line in made.facts.warnings:
        progress.note(line)
    progress.note(f"{'up to date; ' if made.up_to_date else ''}{request.output.name}: {format_bytes(made.facts.model.size_bytes)}")
    return request.output
