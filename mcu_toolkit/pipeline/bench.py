"""`mcu bench`: what an inference costs on a board, proven first to be the right inference."""

from __future__ import annotations

from contextlib import closing

from mcu_toolkit.artifacts import FirmwareProject
from mcu_toolkit.boards import Board
from mcu_toolkit.build import compiler_of, elf_path, flash_project
from mcu_toolkit.device import Client, open_port
from mcu_toolkit.files import temporary_folder
from mcu_toolkit.firmware import load_project
from mcu_toolkit.measure import CycleEstimate, build_plugin, estimate, has_cost_model, plugin_arguments, read_listing, read_trace
from mcu_toolkit.model import total_macs
from mcu_toolkit.pipeline import device
from mcu_toolkit.pipeline.deploy import Job, deploy
from mcu_toolkit.pipeline.locks import board_in_use, folder_in_use
from mcu_toolkit.pipeline.progress import Progress
from mcu_toolkit.process import require_tool
from mcu_toolkit.report import FunctionReport, Report
from mcu_toolkit.runners import DeviceRunner
from mcu_toolkit.validate import inputs_for

_CALLER, _CALLEE = "request_invoke", "inference_invoke"
"""What is counted lies between the call and the return (firmware_templates/common/src/request_model.c)."""


def bench(job: Job, progress: Progress, *, force: bool = False) -> Report:
    """Deploy, prove, and count: the report of the deployment, with the work of an inference, and where the time goes.

    On an emulated core whose manual gives the cycles of every instruction, with `estimated_cycles` and the functions they are
    spent in.  Raises what `deploy` raises.
    """
    report = deploy(job, progress, force=force)
    macs, _ = total_macs(job.model)
    if not _can_count(job.board):
        return report.with_work(macs)
    counted = _count(job, progress)
    functions = tuple(
        FunctionReport(name, round(instructions), round(cycles)) for name, (instructions, cycles) in counted.by_function.items()
    )
    return report.with_work(macs, round(counted.cycles), functions)


def _can_count(board: Board) -> bool:
    return board.emulator is not None and board.emulator.kind == "qemu" and has_cost_model(board.core)


def _count(job: Job, progress: Progress) -> CycleEstimate:
    """One inference in an emulator that counts; the board is left running without."""
    project = load_project(device.project_folder(job.output))
    board = job.board
    progress.stage(f"counting the instructions of an inference on {board.id}")
    objdump = require_tool(compiler_of(board).program.replace("gcc", "objdump"), hint="install the whole compiler (binutils)")
    listing = read_listing(elf_path(project), objdump)
    start, stop = listing.function_start(_CALLEE), listing.return_address(_CALLER, _CALLEE)
    with folder_in_use(job.output, project.folder), board_in_use(board, job.port), temporary_folder() as work:
        counts = work / "counts"
        _run_once(job, project, plugin_arguments(build_plugin(), start, stop, counts), progress)
        trace = read_trace(counts)
        flash_project(project, board, on_line=progress.line)  # without the plugin again
    return estimate(trace, listing, board.core)


def _run_once(job: Job, project: FirmwareProject, arguments: str, progress: Progress) -> None:
    port = flash_project(project, job.board, on_line=progress.line, emulator_arguments=arguments)
    first = [array[:1] for array in inputs_for(job.model, job.vectors)]
    with closing(Client(open_port(port, job.board.serial.baud))) as client:
        DeviceRunner(client, job.model).run(first)
