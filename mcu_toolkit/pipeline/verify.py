"""`mcu verify`: the models of a file or project on the board that is running."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from mcu_toolkit.artifacts import Vectors
from mcu_toolkit.build import elf_path
from mcu_toolkit.errors import InputError
from mcu_toolkit.files import temporary_folder
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline.deploy import Job, verify
from mcu_toolkit.pipeline.golden import golden_path
from mcu_toolkit.pipeline.inputs import Subject, built_with, load_inputs
from mcu_toolkit.pipeline.per_layer import verify_layers
from mcu_toolkit.pipeline.progress import Progress
from mcu_toolkit.report import Limits, Report
from mcu_toolkit.runtimes.base import RuntimeOptions


@dataclass(frozen=True)
class VerifyRequest:
    """The options of a verification; None is the project's, the board's or no value at all."""

    board: str | None = None
    runtime: str | None = None
    data: Path | None = None
    random: int | None = None
    seed: int = 0
    keras: Path | None = None
    port: str | None = None
    per_layer: bool = False
    resume: bool = False
    limits: Limits = field(default_factory=Limits)
    choices: RuntimeOptions | None = None
    """For the firmware that `per_layer` may have to build."""


def verify_models(subject: Subject, request: VerifyRequest, progress: Progress) -> tuple[Report, ...]:
    """`mcu verify`: every model of `subject` on the board that is running, one report each."""
    board = subject.board(request.board)
    runtime = subject.runtime(request.runtime, board, built_with(subject, request.choices))
    reports = []
    with temporary_folder() as work:
        for model in subject.models:
            vectors = _vectors(subject, model, request, progress)
            request.limits.require(vectors, with_float=request.keras is not None)
            own, folder = subject.board_file(request.board), work / model.sha256[:16]
            image = None if subject.project is None else elf_path(subject.project)
            job = Job(
                model=model,
                board=board,
                runtime=runtime,
                vectors=vectors,
                output=folder,
                keras=request.keras,
                port=request.port,
                board_file=own,
                image=image,
                limits=request.limits,
                project=subject.project,
            )
            reports.append(verify_layers(job, subject, progress) if request.per_layer else verify(job, progress, resume=request.resume))
    return tuple(reports)


def _vectors(subject: Subject, model: Model, request: VerifyRequest, progress: Progress) -> Vectors:
    """The inputs asked for; else the golden vectors that `mcu quantize` wrote beside the model; else random ones."""
    beside = golden_path(subject.path)
    if request.data is not None or request.random is not None or subject.project is not None or not beside.is_file():
        return load_inputs(model, request.data, request.random, request.seed)
    try:
        vectors = load_inputs(model, beside, None, request.seed)
    except InputError as error:
        progress.note(f"not used: {error}")
        return load_inputs(model, None, None, request.seed)
    progress.note(f"inputs: the {len(vectors)} samples of {beside}, with the outputs of the day the model was made")
    return vectors
