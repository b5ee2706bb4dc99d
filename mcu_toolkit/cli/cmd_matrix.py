"""`mcu matrix`: models x schemes x boards x runtimes x flags, one report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mcu_toolkit.cli import completion
from mcu_toolkit.cli import options as opt
from mcu_toolkit.cli.groups import Samples, Shown
from mcu_toolkit.cli.option_records import with_records

if TYPE_CHECKING:
    from mcu_toolkit.pipeline.matrix.jobs import Executor
    from mcu_toolkit.pipeline.matrix.plan import MatrixRequest


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command(short_help="Models x boards x runtimes x schemes x flags, one report.")(with_records(matrix))


@dataclass(frozen=True)
class Axes:
    """What every model is combined with."""

    board: Annotated[
        list[str] | None,
        typer.Option("--board", "-b", help="Board id or .toml file, or several.", show_default=False, autocompletion=completion.boards),
    ] = None
    runtime: Annotated[
        list[str] | None,
        typer.Option(
            "--runtime", "-r", help="aot, tflm, or both; default: the board's.", show_default=False, autocompletion=completion.runtimes
        ),
    ] = None
    scheme: Annotated[
        list[str] | None,
        typer.Option(
            "--scheme",
            "-s",
            help="For float models: int8 (default), int16x8, or several.",
            show_default=False,
            autocompletion=completion.schemes,
        ),
    ] = None


@dataclass(frozen=True)
class Execution:
    """Where jobs run, and how long they may."""

    jobs: Annotated[int, typer.Option("--jobs", "-j", help="Cells at a time, on this machine.", metavar="N", min=1)] = 1
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", help="A Dask scheduler, whose workers do the jobs.", metavar="ADDRESS", show_default=False),
    ] = None
    time_limit: Annotated[float, typer.Option("--time-limit", help="Seconds that a job may take.", metavar="S", min=1)] = 900
    wait_limit: Annotated[float, typer.Option("--wait-limit", help="Seconds that a job waits for its board.", metavar="S", min=1)] = 900

    def executor(self) -> Executor:
        """This machine, or a lab."""
        from mcu_toolkit.errors import InputError

        if self.scheduler is None:
            from mcu_toolkit.pipeline.matrix.local import Local

            return Local(self.jobs)
        from mcu_toolkit.pipeline.matrix.lab import Lab

        if self.jobs != 1:
            raise InputError(
                "--jobs with --scheduler", expected="one of them", hint="a worker does as many jobs at a time as its --nthreads says"
            )
        return Lab(self.scheduler)


def matrix(
    models: Annotated[
        list[Path] | None,
        typer.Argument(help="A .tflite file or a float model; default: those of mcu.toml.", metavar="MODEL...", show_default=False),
    ] = None,
    *,
    axes: Axes,
    inputs: Samples,
    tflm_library: opt.TflmLibrary = None,
    limit: opt.Limit = None,
    execution: Execution,
    output: opt.OutputFolder = Path("build/matrix"),
    force: Annotated[bool, typer.Option("--force", help="Do every job, also where its result is known.")] = False,
    shown: Shown,
) -> None:
    """Build, run, prove and measure every model on every board, with every runtime, scheme and set of flags, and compare them.

    Results are kept by a hash of all that they depend on: the same command goes on where it was, and does again what failed for want
    of a tool or a board.  [matrix] in mcu.toml also has flags, ports, and cells to leave out.  Exit code 1 where a cell is not right.
    """
    from mcu_toolkit.cli.matrix_table import MatrixTable
    from mcu_toolkit.cli.results import finish_step, progress_for
    from mcu_toolkit.pipeline.matrix.run import exit_code_of, run_matrix
    from mcu_toolkit.report.measures import LIMITED

    with progress_for("matrix", shown.json, quiet=shown.quiet, verbose=shown.verbose) as progress:
        request = replace(
            _request(models or (), axes, inputs, execution),
            output=output,
            tflm_library=_absolute(tflm_library),
            limits=opt.limits_of(limit, LIMITED),
        )
        with MatrixTable(progress, quiet=shown.quiet) as watch:
            result = run_matrix(request, execution.executor(), progress, watch, force=force)
    finish_step(result, shown.json, exit_code_for_no=exit_code_of(result.facts))


def _request(models: Sequence[Path], axes: Axes, inputs: Samples, execution: Execution) -> MatrixRequest:
    from mcu_toolkit.cli.matrix_tables import matrix_tables
    from mcu_toolkit.pipeline.matrix.plan import MatrixRequest

    tables = matrix_tables()
    return MatrixRequest(
        models=tuple(models),
        boards=_once(axes.board),
        runtimes=_once(axes.runtime),
        schemes=_once(axes.scheme),
        flags=tables.flags,
        data=inputs.data,
        data_of=tables.data,
        random=inputs.random,
        seed=inputs.seed,
        samples=inputs.samples,
        excluded=tables.exclude,
        ports=tables.ports,
        time_limit_s=execution.time_limit,
        wait_limit_s=execution.wait_limit,
    )


def _absolute(library: str | None) -> str | None:
    """A folder as jobs see it, which work in folders of their own; any other specification as it is."""
    return str(Path(library).absolute()) if library is not None and Path(library).is_dir() else library


def _once(values: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values or ()))
