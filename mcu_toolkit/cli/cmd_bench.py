"""`mcu bench`, `mcu compare-kernels`: what an inference costs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mcu_toolkit.cli import options as opt
from mcu_toolkit.cli.groups import Build, Inputs, Regression, Shown
from mcu_toolkit.cli.option_records import with_records


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command(short_help="What an inference costs: instructions, cycles, memory.")(with_records(bench))
    app.command(short_help="TFLM: reference and optimized kernels, layer by layer.")(with_records(compare_kernels))


def bench(
    model: opt.ModelOrProject,
    *,
    board: opt.BoardId = None,
    runtime: opt.RuntimeName = None,
    inputs: Inputs,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Default: build/<model>-<board>.", show_default=False)] = None,
    port: opt.Port = None,
    build: Build,
    per_layer: Annotated[
        bool, typer.Option("--per-layer", help="Time layers on real boards and of TFLM too, by a second firmware with the tensor observer.")
    ] = False,
    outputs: opt.Outputs = None,
    limit: opt.Limit = None,
    regression: Regression,
    no_page: opt.NoPage = False,
    force: opt.Force = False,
    shown: Shown,
) -> None:
    """Deploy, prove the outputs, and measure: instructions or microseconds, code, RAM, and where the work is done.

    On emulated boards layer by layer and by function; on Cortex-M0, M3 and M4 also in cycles, estimated from the instructions
    that ran and the core's documented costs.
    """
    from mcu_toolkit.api.chain import bench as run
    from mcu_toolkit.cli.results import finish_run, progress_for
    from mcu_toolkit.report.measures import LIMITED

    with progress_for("bench", shown.json, quiet=shown.quiet, verbose=shown.verbose) as progress:
        report = run(
            model, board=board, runtime=runtime, port=port, options=build.choices(), **vars(inputs), **vars(regression), output=output,
            outputs=outputs, limits=opt.limits_of(limit, LIMITED), per_layer=per_layer, page=not no_page, force=force, progress=progress,
        )  # fmt: skip
    finish_run(report, shown.json)


def compare_kernels(
    context: typer.Context,
    model: opt.ModelOrProject,
    *,
    board: opt.BoardId = None,
    inputs: Inputs,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Default: build/<model>-<board>-kernels.", show_default=False)
    ] = None,
    port: opt.Port = None,
    tflm_library: opt.TflmLibrary = None,
    shown: Shown,
) -> None:
    """Run a model with the reference kernels of a TFLM library and with its optimized ones, and compare every layer.

    Builds and flashes both, and prints for each operator what it takes with either and the bytes that differ.  Exits with 1 if
    any does.
    """
    from mcu_toolkit.cli.results import finish_step, progress_for
    from mcu_toolkit.pipeline.profiling import compare_kernels as comparison

    with progress_for("compare-kernels", shown.json, quiet=shown.quiet, verbose=shown.verbose) as progress:
        board = opt.unless_project(context, "board", board, model)
        request = comparison.KernelsRequest(model, board, tflm_library, inputs.data, inputs.random, inputs.seed, output, port)
        result = comparison.compare_kernels(request, progress)
    finish_step(result, shown.json)
