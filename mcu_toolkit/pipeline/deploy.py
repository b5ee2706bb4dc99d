"""The whole chain for one model: validate, generate, build, flash, verify."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from mcu_toolkit.build import require_tools
from mcu_toolkit.firmware import Extras, write_model_array
from mcu_toolkit.pipeline import firmware
from mcu_toolkit.pipeline.proof import arena, device
from mcu_toolkit.pipeline.proof.arena import measured_runtime
from mcu_toolkit.pipeline.proof.details import with_image_details
from mcu_toolkit.pipeline.proof.host import validate_on_host
from mcu_toolkit.pipeline.proof.identity import check_image
from mcu_toolkit.pipeline.proof.job import Job
from mcu_toolkit.pipeline.proof.judge import judge
from mcu_toolkit.pipeline.workspace.inputs import refuse_unsupported
from mcu_toolkit.pipeline.workspace.locks import board_in_use, folder_in_use
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.report import Report, to_json
from mcu_toolkit.system.confined import write_inside

_BUILT = b"""\
# What was built for this machine (firmware/ has its own .gitignore), and the page that mcu report makes of report.json.
/host/
/observed/
/lib*.so
/report.html
.mcu/
"""


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
        for note in job.notes:
            progress.note(note)
        progress.stage(f"validating {job.model.name} on the host ({len(job.vectors)} samples)")
        validation = validate_on_host(job.model, job.vectors, job.output, progress, keras=job.keras)
        progress.stage(f"generating firmware: {job.runtime.name} runtime, board {job.board.id}")
        runtime = measured_runtime([job.model], job.board, job.runtime, arena.Place(folder, job.port, job.board_file), progress)
        project, up_to_date = firmware.ensure_generated(
            [job.model], job.board, runtime, folder, Extras(job.application, job.board_file), force=force
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
        notes = (*job.notes, *validation.notes, *firmware.runtime_notes(project))
        report = judge(job, dataclasses.replace(validation, notes=notes), result, image.footprint)
        report = with_image_details(report, project, image)
        write_inside(job.output, "report.json", to_json(report).encode())
    return report
