"""The whole chain for one model: validate, generate, build, flash, verify."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path

from mcu_toolkit.artifacts import FirmwareProject, Footprint, RunResult, Vectors
from mcu_toolkit.boards import Board
from mcu_toolkit.build import require_tools
from mcu_toolkit.confined import write_inside
from mcu_toolkit.firmware import Extras, write_model_array
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline import arena, device, firmware
from mcu_toolkit.pipeline.accuracies import Accuracies, accuracies
from mcu_toolkit.pipeline.arena import measured_runtime
from mcu_toolkit.pipeline.broken_off import RunBrokenOffError
from mcu_toolkit.pipeline.host import HostValidation, validate_on_host
from mcu_toolkit.pipeline.identity import check_image, require_built
from mcu_toolkit.pipeline.inputs import Subject, built_with, load_inputs, open_subject, refuse_unsupported
from mcu_toolkit.pipeline.islands import island_note
from mcu_toolkit.pipeline.locks import board_in_use, folder_in_use
from mcu_toolkit.pipeline.measures import with_board_facts, with_measures
from mcu_toolkit.pipeline.partial import PartialRun, first_samples, run_from_where_it_was
from mcu_toolkit.pipeline.progress import Progress
from mcu_toolkit.report import Limits, Report, to_json
from mcu_toolkit.runtimes.base import Runtime, RuntimeOptions
from mcu_toolkit.sinks import file_stem
from mcu_toolkit.validate import compare, inputs_for

_BUILT = b"# What was built for this machine; firmware/ has a .gitignore of its own.\n/host/\n/observed/\n/lib*.so\n.mcu/\n"


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
    """Of a board of the user's own; the project keeps a copy."""
    image: Path | None = None
    """Where the linked image of the firmware is, if there is one: what a verification then tells of memory."""
    limits: Limits = field(default_factory=Limits)
    project: FirmwareProject | None = None
    """What a verification is of, where it is of a project: its image is what the board must run."""


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
    output: Path | None = None
    keras: Path | None = None
    port: str | None = None
    limits: Limits = field(default_factory=Limits)


def open_job(request: JobRequest) -> Job:
    """Read what a request names; raises InputError for what cannot be read or does not fit together."""
    subject = open_subject(request.model)
    board = subject.board(request.board)
    vectors = load_inputs(subject.model, request.data, request.random, request.seed)
    request.limits.require(vectors, with_float=request.keras is not None)
    return Job(
        model=subject.model,
        board=board,
        runtime=subject.runtime(request.runtime, board, built_with(subject, request.choices)),
        vectors=vectors,
        output=request.output or default_output(subject, board),
        keras=request.keras,
        port=request.port,
        board_file=subject.board_file(request.board),
        limits=request.limits,
    )


def default_output(subject: Subject, board: Board) -> Path:
    """Where a deployment goes if nobody says: back into the deployment it was started from, else build/<model>-<board>."""
    if subject.project is not None and subject.project.folder == device.project_folder(subject.path):
        return subject.path
    return Path("build") / f"{file_stem(subject.model.name)}-{board.id}"


def _ignore_what_is_built(output: Path) -> None:
    """A .gitignore in a new folder: a deployment is often made inside of a repository."""
    if not output.exists() or not any(output.iterdir()):
        write_inside(output, ".gitignore", _BUILT)


def deploy(job: Job, progress: Progress, *, force: bool = False) -> Report:
    """Run the chain; writes `model_data.h/.cc`, `firmware/` and `report.json` into `job.output`.

    Generating, building and flashing are skipped where they are up to date, unless `force`; validating and running on
    the board never are.  Returns a report whose verdict is `pass` only if the board's outputs equal the golden
    interpreter's byte for byte.
    """
    refuse_unsupported(job.model, job.runtime, job.board)
    require_tools(job.board)
    folder = device.project_folder(job.output)
    with folder_in_use(job.output, folder), board_in_use(job.board, job.port):
        _ignore_what_is_built(job.output)
        progress.stage(f"validating {job.model.name} on the host ({len(job.vectors)} samples)")
        validation = validate_on_host(job.model, job.vectors, job.output, progress, keras=job.keras)
        progress.stage(f"generating firmware: {job.runtime.name} runtime, board {job.board.id}")
        runtime = measured_runtime([job.model], job.board, job.runtime, arena.Place(folder, job.port, job.board_file), progress)
        project, up_to_date = firmware.ensure_generated(
            [job.model], job.board, runtime, folder, Extras(board_file=job.board_file), force=force
        )
        if up_to_date:
            progress.note("up to date")
        write_model_array((job.model,), job.output)
        image, _ = firmware.ensure_built(project, job.board, progress, force=force)
        with device.emulator_as_found(job.board):
            port, _ = device.ensure_flashed(project, job.board, job.port, progress, force=force)
            with device.runner_on(job.model, job.board, port, progress) as runner:
                check_image(project, runner, port)  # an upload may have gone to another board
                progress.stage(f"running {len(job.vectors)} samples on {job.board.id} over {port}")
                result = device.run_on(runner, job.model, job.vectors)
        notes = (*validation.notes, *firmware.runtime_notes(project))
        report = judge(job, dataclasses.replace(validation, notes=notes), result, image.footprint)
        write_inside(job.output, "report.json", to_json(report).encode())
    return report


def verify(job: Job, progress: Progress, *, resume: bool = False) -> Report:
    """The chain without building and flashing: host against the board that is running.

    A run that breaks off raises RunBrokenOffError, with the report of what was done; `resume` goes on from there.

    The board is asked first: one that is absent, silent or has other firmware is told at once.
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
    return judge(job, validation, result, footprint)


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
    report = judge(dataclasses.replace(job, vectors=vectors, limits=Limits(job.limits.max_lsb)), shortened, result, footprint)
    return report.with_reasons((f"broken off after {broken.done:,} of {broken.total:,} samples: {broken.what.splitlines()[0]}",))


def judge(job: Job, validation: HostValidation, result: RunResult, footprint: Footprint | None = None) -> Report:
    """Compare the board with the golden interpreter and put everything into a report."""
    comparison = compare(result, validation.golden)
    known = validation.accuracy.overall
    reached = accuracies({**validation.results, "device": result}, job.vectors, job.model) if known else Accuracies()
    report = Report.of_device_run(
        model=job.model,
        board=job.board.id,
        runtime=job.runtime.name,
        golden=validation.golden.runner,
        comparisons=(comparison, *validation.comparisons),
        accuracy=reached.overall,
        accuracy_by_output=reached.by_output,
        result=result,
        notes=(*validation.notes, *filter(None, [island_note(job.model)])),
        limits=job.limits,
    )
    report = report.with_not_run(validation.not_run)
    report = with_measures(report, {"device": result, **validation.results}, job.model, job.vectors)
    return with_board_facts(report if footprint is None else report.with_footprint(footprint), result, job.board)
