"""`mcu quantize --compare --board`: what each scheme costs on a board, by building, running and proving it there."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.boards import Board
from mcu_toolkit.errors import DeviceError, McuError, ToolError
from mcu_toolkit.model import kind_of, read_model
from mcu_toolkit.pipeline.deploy import deploy
from mcu_toolkit.pipeline.inspection.scheme_table import BoardCost, TableRow
from mcu_toolkit.pipeline.proof.job import Job
from mcu_toolkit.pipeline.workspace.inputs import choose_runtime
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.report.table import table
from mcu_toolkit.runtimes.base import RuntimeOptions
from mcu_toolkit.units import format_bytes
from mcu_toolkit.validate import load_vectors

_SAMPLES = 4
"""An inference takes the same instructions for every sample, nearly; more would prove more and measure the same."""


@dataclass(frozen=True)
class OnBoard:
    """Where the schemes are to be run."""

    board: Board
    runtime: str | None = None
    port: str | None = None
    board_file: Path | None = None


def with_costs(rows: Sequence[TableRow], data: Path, folder: Path, where: OnBoard, progress: Progress) -> tuple[TableRow, ...]:
    """`rows` with what each model costs on the board, which runs it on a few samples of `data`; firmware goes below `folder`.

    A model that the board does not take has the reason in its place.
    """
    return tuple(dataclasses.replace(row, on_board=_cost(row, data, folder, where, progress)) for row in rows)


def _cost(row: TableRow, data: Path, folder: Path, where: OnBoard, progress: Progress) -> BoardCost | None:
    if row.path is None:
        return None
    runtime = choose_runtime(where.runtime, where.board, RuntimeOptions())
    try:
        model = read_model(row.path)
        kind = kind_of(model)
        if not kind.runs_on_boards:
            return BoardCost(where.board.id, runtime.name, refusal=f"a {kind.label} model, which no board runs")
        job = Job(
            model=model,
            board=where.board,
            runtime=runtime,
            vectors=load_vectors(data, model).sample(_SAMPLES, seed=0),
            output=folder / f"{row.scheme}-{where.board.id}",
            port=where.port,
            board_file=where.board_file,
        )
        report = deploy(job, progress)
    except McuError as error:
        broke_off = isinstance(error, (DeviceError, ToolError))  # the board was to run it: that is no property of the scheme
        return BoardCost(where.board.id, runtime.name, verdict="fail" if broke_off else "", refusal=error.what.splitlines()[0])
    footprint = report.footprint
    return BoardCost(
        where.board.id,
        runtime.name,
        verdict=report.verdict,
        instructions=report.instructions,
        latency_us=report.latency_us,
        flash_bytes=None if footprint is None else footprint.flash_bytes,
        ram_bytes=None if footprint is None else footprint.ram_bytes,
        stack_bytes=report.stack_bytes,
        refusal="" if report.verdict == "pass" else report.reasons[0],
    )


def cost_lines(rows: Sequence[TableRow]) -> list[str]:
    """The costs for people; nothing where no board was asked for."""
    costs = [(row.scheme, row.on_board) for row in rows if row.on_board is not None]
    if not costs:
        return []
    measured = [
        (
            scheme,
            "-" if cost.instructions is None else f"{cost.instructions:,}",
            *("-" if size is None else format_bytes(size) for size in (cost.flash_bytes, cost.ram_bytes, cost.stack_bytes)),
            "equal" if cost.verdict == "pass" else cost.verdict,
        )
        for scheme, cost in costs
        if cost.verdict
    ]
    first = costs[0][1]
    heads = ("scheme", "instructions", "flash", "RAM", "stack used", "to host")
    title = f"on {first.board}, {first.runtime} runtime, per inference:"
    return ["", title, *table(heads, measured), *(f"{scheme}: {cost.refusal}" for scheme, cost in costs if cost.refusal)]
