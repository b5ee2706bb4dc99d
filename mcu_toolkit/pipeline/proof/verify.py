"""`mcu verify`: the models of a file or project on the board that is running."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path

from mcu_toolkit.artifacts import Footprint, Vectors
from mcu_toolkit.build import elf_path
from mcu_toolkit.errors import InputError
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline.proof import device
from mcu_toolkit.pipeline.proof.accuracies import Accuracies
from mcu_toolkit.pipeline.proof.details import with_image_details
from mcu_toolkit.pipeline.proof.golden import golden_path
from mcu_toolkit.pipeline.proof.host import HostValidation, validate_on_host
from mcu_toolkit.pipeline.proof.identity import check_image, require_built
from mcu_toolkit.pipeline.proof.job import Job
from mcu_toolkit.pipeline.proof.judge import judge
from mcu_toolkit.pipeline.proof.outputs import outputs_file
from mcu_toolkit.pipeline.proof.per_layer import verify_layers
from mcu_toolkit.pipeline.proof.predictions import predictions_folder
from mcu_toolkit.pipeline.workspace.inputs import Subject, built_with
from mcu_toolkit.pipeline.workspace.locks import board_in_use
from mcu_toolkit.pipeline.workspace.partial import PartialRun, first_samples, run_from_where_it_was
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.samples import load_inputs
from mcu_toolkit.pipeline.workspace.step_result import RunBrokenOffError
from mcu_toolkit.report import Limits, Report
from mcu_toolkit.runtimes.base import RuntimeOptions
from mcu_toolkit.system.files import temporary_folder
from mcu_toolkit.validate import inputs_for


@dataclass(frozen=True)
class VerifyRequest:
    """The options of a verification; None is the project's, the board's or no value at all."""

    board: str | None = None
    runtime: str | None = None
    data: Path | None = None
    random: int | None = None
    seed: int = 0
    samples: int | None = None
    """How many of `data`; None: all."""
    keras: Path | None = None
    port: str | None = None
    predictions: Path | None = None
    """The folder for `predictions.png` and `predictions.json`; of several models one in it for each."""
    outputs: Path | None = None
    """The file for every runner's outputs; of several models one beside it for each."""
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
            limits = request.limits.on(board.id)
            limits.require(vectors, with_float=request.keras is not None)
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
                limits=limits,
                predictions=predictions_folder(request.predictions, subject, model),
                outputs=outputs_file(request.outputs, subject, model),
                project=subject.project,
            )
            reports.append(verify_layers(job, subject, progress) if request.per_layer else verify(job, progress, resume=request.resume))
    return tuple(reports)


def _vectors(subject: Subject, model: Model, request: VerifyRequest, progress: Progress) -> Vectors:
    """The inputs asked for; else the golden vectors that `mcu quantize` wrote beside the model; else random ones."""
    beside = golden_path(subject.path)
    if (
        request.data is not None
        or request.random is not None
        or request.samples is not None
        or subject.project is not None
        or not beside.is_file()
    ):
        return load_inputs(model, request.data, request.random, request.seed, request.samples)
    try:
        vectors = load_inputs(model, beside, None, request.seed)
    except InputError as error:
        progress.note(f"not used: {error}")
        return load_inputs(model, None, None, request.seed)
    progress.note(f"inputs: the {len(vectors)} samples of {beside}, with the outputs stored when the model was made")
    return vectors


def verify(job: Job, progress: Progress, *, resume: bool = False) -> Report:
    """The chain without building and flashing: host against the board that is running.

    A run that breaks off raises RunBrokenOffError, with the report of what was done; `resume` goes on from there.

    The board is asked first: one that is absent, silent or has other firmware is reported at once.
    """
    if job.project is not None:
        require_built(job.project)
    with board_in_use(job.board, job.port):
        port = device.port_of(job.board, job.port)
        progress.stage(f"asking {job.board.id} over {port}")
        with device.runner_on(job.model, job.board, port, progress, job.image) as runner:
            if job.project is not None and not check_image(job.project, runner, port):
                progress.note("whether the image is this project's is not known: project and firmware are of an older toolkit")
            progress.stage(f"computing the expected outputs on the host ({len(job.vectors)} samples)")
            validation = validate_on_host(job.model, job.vectors, job.output, progress, keras=job.keras)
            progress.stage(f"running {len(job.vectors)} samples on {job.board.id}")
            inputs = inputs_for(job.model, job.vectors)
            footprint = device.footprint_on(job.board, port, job.image)
            kept = PartialRun.of(job.model, job.board.id, inputs)
            try:
                result = run_from_where_it_was(
                    runner, inputs, kept, progress, resume=resume, explained=device.faults_explained(job.board, job.image)
                )
            except RunBrokenOffError as broken:
                broken.report = _partial_report(job, validation, kept, broken, footprint)
                raise
    report = judge(job, validation, result, footprint)
    return report if job.project is None else with_image_details(report, job.project)


def _partial_report(
    job: Job, validation: HostValidation, kept: PartialRun, broken: RunBrokenOffError, footprint: Footprint | None
) -> Report | None:
    """The report of the samples that were done: its verdict is no, whatever they say."""
    result = kept.load()
    if result is None or not broken.done:
        return None
    results = first_samples(validation.results, broken.done)
    vectors = job.vectors.head(broken.done)
    golden = results[validation.golden.runner]
    shortened = dataclasses.replace(validation, golden=golden, results=results, comparisons=(), accuracy=Accuracies())
    done = dataclasses.replace(job, vectors=vectors, limits=Limits(job.limits.max_lsb), predictions=None)
    report = judge(done, shortened, result, footprint)
    return report.with_reasons((f"interrupted after {broken.done:,} of {broken.total:,} samples: {broken.what.splitlines()[0]}",))
