"""The whole chain for one model: validate, generate, build, flash, verify."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.artifacts import RunResult, Vectors
from mcu_toolkit.boards import Board
from mcu_toolkit.files import write_bytes, write_text
from mcu_toolkit.firmware import generate_project, write_model_array
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline import device
from mcu_toolkit.pipeline.host import HostValidation, validate_on_host
from mcu_toolkit.pipeline.inputs import refuse_unsupported
from mcu_toolkit.pipeline.progress import Progress
from mcu_toolkit.report import Report, to_json
from mcu_toolkit.runtimes.base import Runtime
from mcu_toolkit.validate import accuracy, compare


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


def deploy(job: Job, progress: Progress) -> Report:
    """Run the chain; writes `model_data.h/.cc`, `firmware/` and `report.json` into `job.output`.

    Returns a report whose verdict is `pass` only if the board's outputs equal the golden interpreter's byte for byte.
    """
    refuse_unsupported(job.model, job.runtime, job.board)
    progress.stage(f"validating {job.model.name} on the host ({len(job.vectors)} samples)")
    validation = validate_on_host(job.model, job.vectors, job.output, progress, keras=job.keras)
    progress.stage(f"generating firmware: {job.runtime.name} runtime, board {job.board.id}")
    write_model_array((job.model,), job.output)
    project = generate_project([job.model], job.board, job.runtime, device.project_folder(job.output))
    write_bytes(project.folder / "model.tflite", job.model.content)
    image = device.build(project, job.board, progress)
    port = device.flash(project, job.board, job.port, progress)
    result = device.run_on_device(job.model, job.vectors, job.board, port, progress)
    report = judge(job, validation, result).with_footprint(image.footprint)
    write_text(job.output / "report.json", to_json(report))
    return report


def verify(job: Job, progress: Progress) -> Report:
    """The chain without building and flashing: host against the board that is running."""
    port = device.port_of(job.board, job.port)
    progress.stage(f"computing the expected outputs on the host ({len(job.vectors)} samples)")
    validation = validate_on_host(job.model, job.vectors, job.output, progress, keras=job.keras)
    result = device.run_on_device(job.model, job.vectors, job.board, port, progress)
    return judge(job, validation, result)


def judge(job: Job, validation: HostValidation, result: RunResult) -> Report:
    """Compare the board with the golden interpreter and put everything into a report."""
    comparison = compare(result, validation.golden)
    accuracies = dict(validation.accuracy)
    if accuracies and job.vectors.labels is not None:
        accuracies["device"] = accuracy(result.outputs[0], job.vectors.labels)
    return Report.of_device_run(
        model=job.model,
        board=job.board.id,
        runtime=job.runtime.name,
        golden=validation.golden.runner,
        comparisons=(comparison, *validation.comparisons),
        accuracy=accuracies,
        result=result,
        notes=validation.notes,
    )
