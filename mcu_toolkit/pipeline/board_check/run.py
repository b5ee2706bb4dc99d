"""`mcu boards check`: one probe firmware on a board, measured at every baud rate that is asked for."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np

from mcu_toolkit.artifacts import CompiledModelInfo, FirmwareImage, FirmwareProject
from mcu_toolkit.boards import Board, custom_board_file, load_board
from mcu_toolkit.build import compiler_of_image, require_tools
from mcu_toolkit.build.upload import UploadRequest, refuse_upload
from mcu_toolkit.device import Client, open_port
from mcu_toolkit.errors import InputError
from mcu_toolkit.firmware import Extras, load_project_info
from mcu_toolkit.model import Model, macs_of
from mcu_toolkit.pipeline import firmware
from mcu_toolkit.pipeline.board_check.judge import clock_of, judge, tells_time
from mcu_toolkit.pipeline.board_check.measure import measure_line, time_long_run
from mcu_toolkit.pipeline.board_check.models import FLASH_READ, probe_models
from mcu_toolkit.pipeline.board_check.record import (
    REPORT_VERSION,
    BoardReport,
    CheckedBoard,
    CheckedImage,
    FlashRead,
    KernelRow,
    LineRun,
    TickUnit,
    TimerRun,
)
from mcu_toolkit.pipeline.board_check.text import report_lines
from mcu_toolkit.pipeline.inspection.catalogue import kind_of_board
from mcu_toolkit.pipeline.inspection.room import predict
from mcu_toolkit.pipeline.proof import device
from mcu_toolkit.pipeline.proof.flash import BY_PLATFORMIO, put_on_board
from mcu_toolkit.pipeline.proof.host import golden_name, golden_runner
from mcu_toolkit.pipeline.proof.identity import check_image
from mcu_toolkit.pipeline.workspace.device_text import DeviceText
from mcu_toolkit.pipeline.workspace.locks import board_in_use, folder_in_use
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.samples import load_inputs
from mcu_toolkit.pipeline.workspace.step_result import StepResult, Verdict
from mcu_toolkit.protocol.messages import HelloReply, StatusReply
from mcu_toolkit.runners import DeviceRunner
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.system.files import temporary_folder
from mcu_toolkit.validate import compare, inputs_for

PROBE_RUNTIME: Final = "aot"
BAUD_RATES_MAX: Final = 3
"""The board's own among them: a line of the text for each."""
_BAUD_LEAST, _BAUD_MOST = 1200, 12_000_000
_SAMPLES: Final = 5
_SEED: Final = 0


@dataclass(frozen=True)
class BoardCheckRequest:
    """The options of `mcu boards check`."""

    board: str
    port: str | None = None
    bauds: tuple[int, ...] = ()
    """Beside the board's own."""
    seconds: float = 2.0
    """For the timer, and for the line at each rate."""
    upload: UploadRequest = BY_PLATFORMIO
    folder: Path = field(default_factory=lambda: Path("build"))
    """Below it the project of each rate is kept: a second check builds nothing."""


@dataclass(frozen=True)
class _Probe:
    """What is the same at every rate."""

    models: tuple[Model, ...]
    extras: Extras
    request: BoardCheckRequest
    progress: Progress


@dataclass(frozen=True)
class _Measured:
    """What one firmware on the board said."""

    image: FirmwareImage
    hello: HelloReply
    status: StatusReply
    kernels: tuple[KernelRow, ...]
    timer: TimerRun | None
    line: LineRun


def parse_bauds(text: str | None) -> tuple[int, ...]:
    """`115200,460800`; raises InputError for what is no list of baud rates."""
    words = [word.strip() for word in (text or "").split(",") if text is not None]
    rates = [int(word) for word in words if word.isascii() and word.isdecimal() and len(word) < 10]
    if len(rates) != len(words) or any(not _BAUD_LEAST <= rate <= _BAUD_MOST for rate in rates) or len(rates) > BAUD_RATES_MAX:
        expected = f"at most {BAUD_RATES_MAX} rates from {_BAUD_LEAST:,} to {_BAUD_MOST:,}, with commas between them: 115200,460800"
        raise InputError(f"--baud is '{text}'", expected=expected)
    return tuple(dict.fromkeys(rates))


def check_board_on_desk(request: BoardCheckRequest, progress: Progress) -> StepResult[BoardReport]:
    """Put the probe firmware on the board and measure; the verdict is no where something is not as the board's file says.

    The board keeps the firmware of the last rate.  Raises what generating, building and flashing raise, and DeviceError where the
    board does not answer.
    """
    board = load_board(request.board)
    refuse_upload(request.upload, board)
    require_tools(board)
    models = probe_models(board)
    rates = tuple(dict.fromkeys((board.serial.baud, *request.bauds)))
    if len(rates) > BAUD_RATES_MAX:
        raise InputError(
            f"{len(rates)} baud rates", on=board.id, expected=f"at most {BAUD_RATES_MAX}, its own ({board.serial.baud}) among them"
        )
    output = request.folder / f"board-check-{board.id}"
    own_file = custom_board_file(request.board)
    probe, found = _Probe(models, Extras(board_file=own_file), request, progress), []
    with folder_in_use(output), board_in_use(board, request.port), device.emulator_as_found(board):
        for number, baud in enumerate(rates):
            at_rate = replace(board, serial=replace(board.serial, baud=baud))
            folder = device.project_folder(output if number == 0 else output / f"baud-{baud}")
            found.append(_measure(probe, at_rate, folder, whole=number == 0))
    report = _report(board, found, own_file=own_file is not None)
    verdict: Verdict = "fail" if any(row.as_board_file == "no" for row in report.checks) else "pass"
    return StepResult("boards", report_lines(report), report, verdict=verdict)


def _measure(probe: _Probe, board: Board, folder: Path, *, whole: bool) -> _Measured:
    """Build, flash and measure at the board's rate; `whole`: kernels and timer, too, which no rate changes."""
    models, request, progress = probe.models, probe.request, probe.progress
    progress.stage(f"generating the probe firmware: {len(models)} models, board {board.id}, {board.serial.baud} baud")
    project, _ = firmware.ensure_generated(models, board, get_runtime(PROBE_RUNTIME), folder, probe.extras, force=False)
    image, _ = firmware.ensure_built(project, board, progress, force=False)
    placed = put_on_board(project, board, request.port, progress, request.upload, force=not board.is_emulated)
    port = device.port_of(board, placed.port or None)
    said = DeviceText(lambda text: progress.note(f"board says: {text}"))
    kernels: tuple[KernelRow, ...] = ()
    timer = None
    with closing(Client(open_port(port, board.serial.baud), on_text=said)) as client, device.faults_explained(board, image.elf):
        check_image(project, DeviceRunner(client, models[0]), port)  # an upload may have gone to another board
        hello = client.device
        if whole:
            kernels = _run_kernels(client, models, project, board, progress)
            progress.stage(f"timing {board.id} by the clock of this machine")
            timer = _timed(client, models, hello, request.seconds)
        progress.stage(f"echoing at {board.serial.baud} baud")
        line = measure_line(client, board.serial.baud, request.seconds)
        return _Measured(image, hello, client.status(), kernels, timer, line)


def _timed(client: Client, models: Sequence[Model], hello: HelloReply, seconds: float) -> TimerRun | None:
    if hello.tick_unit == 0:
        return None
    long_run = models[-1]
    sample = inputs_for(long_run, load_inputs(long_run, None, 1, _SEED))[0][0].tobytes()
    return time_long_run(client, len(models) - 1, sample, seconds)


def _run_kernels(
    client: Client, models: Sequence[Model], project: FirmwareProject, board: Board, progress: Progress
) -> tuple[KernelRow, ...]:
    progress.stage(f"running {len(models)} models on {board.id}")
    infos, rows = load_project_info(project.folder).models, []
    with temporary_folder() as work:
        for index, (model, info) in enumerate(zip(models, infos, strict=True)):
            inputs = inputs_for(model, load_inputs(model, None, _SAMPLES, _SEED))
            with closing(golden_runner(model, work / str(index))) as runner:
                golden = runner.run(inputs)
            on_board = DeviceRunner(client, model, index)
            on_board.reset()
            result = on_board.run(inputs)
            assert isinstance(info, CompiledModelInfo)
            rows.append(
                KernelRow(
                    name=model.name,
                    operator=model.main.ops[0].name,
                    macs=sum(macs_of(model.main, op) or 0 for op in model.main.ops),
                    constants_bytes=info.weights_bytes,
                    samples=_SAMPLES,
                    differing_bytes=compare(result, golden).differing_bytes,
                    ticks=None if result.ticks is None else _spread(result.ticks),
                    predicted_cycles=None if board.core_facts.is_host else predict((model,), get_runtime(PROBE_RUNTIME), board).cycles,
                )
            )
            progress.advance(index + 1, len(models))
    return tuple(rows)


def _spread(ticks: np.ndarray[tuple[int, ...], np.dtype[np.uint64]]) -> tuple[int, int, int]:
    return int(ticks.min()), int(np.median(ticks)), int(ticks.max())


def _report(board: Board, found: Sequence[_Measured], *, own_file: bool) -> BoardReport:
    first = found[0]
    unit: TickUnit = "" if first.timer is None else board.ticks.unit
    lines = tuple(one.line for one in found)
    image = _image(board, first, max((one.status for one in found), key=lambda status: status.stack_used_bytes))
    clock = clock_of(board, unit, first.timer, first.kernels)
    report = BoardReport(
        report_version=REPORT_VERSION,
        date=datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        board=CheckedBoard(board.id, board.name, board.mcu, board.core, board.clock_hz, kind_of_board(board), own_file),
        image=image,
        tick_unit=unit,
        kernels=first.kernels,
        timer=first.timer,
        clock_mhz=clock,
        clock_is="" if clock is None else "measured" if unit == "cycles" else "estimated",
        flash_read=_flash_read(unit, first.timer, first.kernels) if tells_time(board) else None,
        lines=lines,
        checks=(),
    )
    return replace(report, checks=judge(board, first.hello, report))


def _image(board: Board, measured: _Measured, status: StatusReply) -> CheckedImage:
    return CheckedImage(
        runtime=measured.hello.runtime,
        build_id=measured.hello.build_id or "",
        compiler=compiler_of_image(measured.image.elf),
        golden=golden_name(),
        flash_bytes=measured.image.footprint.flash_bytes,
        ram_bytes=measured.image.footprint.ram_bytes,
        flash_available_bytes=board.program_flash_bytes,
        ram_available_bytes=board.ram.length_bytes,
        stack_reserved_bytes=status.stack_bytes,
        stack_used_bytes=status.stack_used_bytes,
    )


def _flash_read(unit: TickUnit, timer: TimerRun | None, kernels: Sequence[KernelRow]) -> FlashRead | None:
    """Of cycles by the clock that was measured; None where the board has no counter."""
    row = next(row for row in kernels if row.name == FLASH_READ)
    if row.ticks is None or timer is None or unit not in ("cycles", "us"):
        return None
    ticks_per_us = 1.0 if unit == "us" else timer.ticks_per_s[1] / 1e6
    time_us = max(row.ticks[1], 1) / ticks_per_us
    return FlashRead(row.constants_bytes, time_us, row.constants_bytes / time_us)
