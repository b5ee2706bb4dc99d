"""`mcu deploy`, `mcu demo`: the whole chain."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from mcu_toolkit.cli import completion
from mcu_toolkit.cli import options as opt
from mcu_toolkit.cli.groups import Build, Gate, Regression, Samples, ShownBriefly, Target
from mcu_toolkit.cli.listening import MicrophoneOptions, WakeWordOptions
from mcu_toolkit.cli.option_records import with_records


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command(short_help="The chain: validate, generate, build, flash, verify.")(with_records(deploy))
    app.command(short_help="The chain on real data, training included.")(with_records(demo))


def deploy(
    context: typer.Context,
    model: opt.ModelOrProject,
    *,
    target: Target,
    inputs: Samples,
    keras: opt.KerasFile = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Default: build/<model>-<board>.", show_default=False)] = None,
    port: opt.Port = None,
    build: Build,
    app: Annotated[bool, typer.Option("--app", help="With an application: src/app.c in firmware/, which is yours.")] = False,
    heard: MicrophoneOptions,
    words: WakeWordOptions,
    strict_int: opt.StrictInt = False,
    gate: Gate,
    outputs: opt.Outputs = None,
    regression: Regression,
    no_page: opt.NoPage = False,
    force: opt.Force = False,
    shown: ShownBriefly,
) -> None:
    """Validate, generate, build, flash and verify: from a .tflite to a proven inference; skips what is up to date."""
    from mcu_toolkit.api.chain import deploy as run
    from mcu_toolkit.cli.results import finish_run, progress_for
    from mcu_toolkit.pipeline.application import ApplicationRequest
    from mcu_toolkit.report.measures import OF_A_RUN

    with progress_for("deploy", shown.json, quiet=shown.quiet, verbose=shown.verbose) as progress:
        board, runtime = target.for_model(context, model)
        wanted = ApplicationRequest(data=inputs.data, microphone=heard.microphone()) if app else None
        report = run(
            model, board=board, runtime=runtime, port=port, options=build.choices(), **vars(inputs), **vars(regression), keras=keras,
            application=wanted, manifests=words.manifests, style=words.style, strict_int=strict_int, output=output, outputs=outputs,
            limits=gate.limits(OF_A_RUN), page=not no_page, force=force, progress=progress,
        )  # fmt: skip
    finish_run(report, shown.json, brief=not shown.verbose)


def demo(
    *,
    output: opt.OutputFolder = Path("build/demo"),
    board: Annotated[
        str, typer.Option("--board", "-b", help="Board id; `mcu boards` lists them.", autocompletion=completion.boards)
    ] = "netduinoplus2",
    runtime: opt.RuntimeName = None,
    no_page: opt.NoPage = False,
    force: opt.Force = False,
    shown: ShownBriefly,
) -> None:
    """Run the main job on real data: handwritten digits, from training to a proven inference."""
    from mcu_toolkit.cli.results import finish_run, progress_for

    with progress_for("demo", shown.json, quiet=shown.quiet, verbose=shown.verbose) as progress:
        from mcu_toolkit.pipeline.demo import run_demo
        from mcu_toolkit.pipeline.report import write_page
        from mcu_toolkit.report import to_json

        report = run_demo(output, board, runtime, progress, force=force)
        page = None if no_page else write_page(output, "report.html", [to_json(report)], progress)
    finish_run(replace(report, folder=output, page=page), shown.json, brief=not shown.verbose)
