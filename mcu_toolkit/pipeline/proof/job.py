"""What is to be proven: a model, the board and runtime that run it, and the inputs to prove it with."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from mcu_toolkit.artifacts import FirmwareProject, Vectors
from mcu_toolkit.artifacts.wake_word import STYLES, Style
from mcu_toolkit.boards import Board
from mcu_toolkit.errors import InputError
from mcu_toolkit.firmware import Application
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline.application import ApplicationRequest, application_for
from mcu_toolkit.pipeline.proof.device import project_folder
from mcu_toolkit.pipeline.wake_words import with_manifests
from mcu_toolkit.pipeline.workspace.inputs import Subject, built_with, open_subject
from mcu_toolkit.pipeline.workspace.samples import load_inputs
from mcu_toolkit.report import Limits
from mcu_toolkit.runtimes.base import Runtime, RuntimeOptions
from mcu_toolkit.system.sinks import file_stem, shell_command


@dataclass(frozen=True)
class Job:
    """What to deploy, where to, and with which inputs to prove it."""

    model: Model
    board: Board
    runtime: Runtime
    vectors: Vectors
    output: Path
    keras: Path | None = None
    port: str | None = None
    board_file: Path | None = None
    """Of a custom board; the project keeps a copy."""
    image: Path | None = None
    """Where the linked image of the firmware is, if there is one: a verification then reports its memory."""
    limits: Limits = field(default_factory=Limits)
    predictions: Path | None = None
    """The folder for `predictions.png` and `predictions.json`; None: nowhere."""
    outputs: Path | None = None
    """The file for every runner's outputs; None: nowhere."""
    application: Application | None = None
    """Of the firmware; None: it answers the host only."""
    project: FirmwareProject | None = None
    """What a verification is of, where it is of a project: its image is what the board must run."""
    notes: tuple[str, ...] = ()
    """What to tell before anything runs, and in the report."""


@dataclass(frozen=True)
class JobRequest:
    """The options of a deployment; None is the project's, the board's or no value at all."""

    model: Path
    """A .tflite file or a project."""
    board: str | None = None
    runtime: str | None = None
    choices: RuntimeOptions = field(default_factory=RuntimeOptions)
    data: Path | None = None
    random: int | None = None
    seed: int = 0
    samples: int | None = None
    """How many of `data`; None: all."""
    output: Path | None = None
    keras: Path | None = None
    port: str | None = None
    limits: Limits = field(default_factory=Limits)
    outputs: Path | None = None
    application: ApplicationRequest | None = None
    manifests: tuple[Path, ...] = ()
    """Of wake words, beside a .tflite."""
    style: Style = STYLES[0]


def open_job(request: JobRequest) -> Job:
    """Read what a request names; raises InputError for what cannot be read or does not fit together."""
    subject = open_subject(request.model)
    if request.manifests:
        if subject.project is not None:
            raise InputError("--manifest with a project", on=request.model, expected="a .tflite file with it")
        subject = replace(subject, models=with_manifests(subject.models, request.manifests, request.style))
    board = subject.board(request.board)
    vectors = load_inputs(subject.model, request.data, request.random, request.seed, request.samples)
    limits = request.limits.on(board.id)
    limits.require(vectors, with_float=request.keras is not None)
    output = request.output or default_output(subject, board)
    return Job(
        model=subject.model,
        board=board,
        runtime=subject.runtime(request.runtime, board, built_with(subject, request.choices)),
        vectors=vectors,
        output=output,
        predictions=output,
        keras=request.keras,
        port=request.port,
        board_file=subject.board_file(request.board),
        limits=limits,
        outputs=request.outputs,
        application=None if request.application is None else application_for(subject.models, request.application),
        notes=_without_application(subject, output),
    )


def _without_application(subject: Subject, output: Path) -> tuple[str, ...]:
    """A sentence where the project has an application, and firmware without it is made in another folder."""
    project = subject.project
    if project is None or not project.has_application or project.folder.resolve() == project_folder(output).resolve():
        return ()
    command = shell_command("mcu", "flash", project.folder)
    return (f"firmware of the model alone: the application in {project.folder} is not part of it; {command} puts that on the board",)


def default_output(subject: Subject, board: Board) -> Path:
    """Where a deployment goes if nobody says: back into the deployment it was started from, else build/<models>-<board>."""
    if subject.project is not None and subject.project.folder == project_folder(subject.path):
        return subject.path
    return Path("build") / "-".join([*(file_stem(model.name) for model in subject.models), board.id])
