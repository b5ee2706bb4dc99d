"""`mcu bench`: what an inference costs on a board, after its outputs were proven right."""

from __future__ import annotations

import dataclasses

from mcu_toolkit.artifacts.contract import contract_of_model
from mcu_toolkit.firmware import load_project
from mcu_toolkit.frontend import AudioFrontend
from mcu_toolkit.model import macs_of, total_macs
from mcu_toolkit.pipeline.deploy import deploy
from mcu_toolkit.pipeline.profiling.counting import can_count, count_inference
from mcu_toolkit.pipeline.profiling.frontend_cost import cost_on_board
from mcu_toolkit.pipeline.proof import device
from mcu_toolkit.pipeline.proof.job import Job
from mcu_toolkit.pipeline.proof.per_layer import profile_layers
from mcu_toolkit.pipeline.workspace.inputs import Subject
from mcu_toolkit.pipeline.workspace.locks import folder_in_use
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.report import FrontendReport, FunctionReport, LayerReport, Report, to_json
from mcu_toolkit.system.confined import write_inside


def bench(job: Job, progress: Progress, *, force: bool = False, per_layer: bool = False) -> Report:
    """Deploy, prove, and count: the report of the deployment, with the work of an inference, and where it goes.

    On an emulated board with the functions and the layers that the instructions are in, with the band of cycles of its core,
    and with `estimated_cycles` where the core's manual gives the cycles of every instruction. With `per_layer` a second firmware,
    with the observer, times the layers where they cannot be counted in the one that ships: on real boards, and those of TFLM.
    A front end for sound that the model's file holds is counted on an emulated board, too.  Raises what `deploy` raises.
    """
    frontend = _frontend(job, progress)  # first: afterwards the board runs the firmware that ships
    report = _measured(job, progress, force=force, per_layer=per_layer, frontend=frontend)
    return report.within(job.limits, ("cycles",))


def _frontend(job: Job, progress: Progress) -> FrontendReport | None:
    description = contract_of_model(job.model).frontend
    if not isinstance(description, AudioFrontend) or not can_count(job.board):
        return None
    cost = cost_on_board(description, job.board, progress)
    return FrontendReport(cost.frames, cost.instructions, cost.estimated_cycles, job.board.cycle_band)


def _measured(job: Job, progress: Progress, *, force: bool, per_layer: bool, frontend: FrontendReport | None) -> Report:
    report = deploy(job, progress, force=force).with_frontend(frontend)
    macs, _ = total_macs(job.model)
    if not can_count(job.board):
        return _kept(_with_profile(report.with_work(macs), job, progress) if per_layer else report.with_work(macs), job)
    project = load_project(device.project_folder(job.output))
    progress.stage(f"counting the instructions of an inference on {job.board.id}")
    with folder_in_use(job.output, project.folder):
        counted = count_inference(project, job.board, job.model, job.vectors, progress)
    functions = tuple(
        FunctionReport(name, round(instructions), None if cycles is None else round(cycles))
        for name, (instructions, cycles) in counted.whole.by_function.items()
    )
    cycles = counted.whole.cycles
    report = report.with_work(macs, None if cycles is None else round(cycles), functions, job.board.cycle_band)
    if not counted.layers and per_layer:
        return _kept(_with_profile(report, job, progress), job)
    return _kept(report.with_layer_work(counted.layers, counted.glue), job)


def _kept(report: Report, job: Job) -> Report:
    """`report`, which takes the place of the deployment's: it says the same and more."""
    write_inside(job.output, "report.json", to_json(report).encode())
    return report


def _with_profile(report: Report, job: Job, progress: Progress) -> Report:
    """The layers as firmware with the observer times them; the board gets the firmware that ships back."""
    rows = profile_layers(job, Subject(job.output, (job.model,)), progress)
    project = load_project(device.project_folder(job.output))
    with folder_in_use(project.folder):
        device.ensure_flashed(project, job.board, job.port, progress, force=True)
    return report.with_layer_work([_with_macs(row, job) for row in rows])


def _with_macs(row: LayerReport, job: Job) -> LayerReport:
    operators = {op.index: op for op in job.model.main.ops}
    return dataclasses.replace(row, macs=sum(macs_of(job.model.main, operators[index]) or 0 for index in (*row.merged, row.index)))
