"""`mcu deploy`, `mcu demo`: the whole chain."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from mcu_toolkit.cli import completion
from mcu_toolkit.cli import options as opt


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command(short_help="The chain: validate, generate, build, flash, verify.")(deploy)
    app.command(short_help="The chain on real data, training included.")(demo)


def deploy(
    context: typer.Context,
    model: opt.ModelOrProject,
    board: opt.BoardId = None,
    runtime: opt.RuntimeName = None,
    data: opt.DataFile = None,
    random: opt.RandomCount = None,
    samples: opt.SampleCount = None,
    seed: opt.Seed = 0,
    keras: opt.KerasFile = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Default: build/<model>-<board>.", show_default=False)] = None,
    port: opt.Port = None,
    tflm_library: opt.TflmLibrary = None,
    kernels: opt.KernelChoice = None,
    optimize: opt.OptimizeFor = None,
    max_arena: opt.MaxArena = None,
    no_tune: opt.NoTune = False,
    app: Annotated[bool, typer.Option("--app", help="With an application: src/app.c in firmware/, which is yours.")] = False,
    manifest: Annotated[
        Path | None, typer.Option("--manifest", help="A wake word's JSON, as microWakeWord has it.", metavar="FILE", show_default=False)
    ] = None,
    like: opt.WakeWordStyle = "esphome",
    microphone_hz: opt.MicrophoneHz = 0,
    gain: opt.Gain = 1.0,
    remove_offset: opt.RemoveOffset = False,
    strict_int: opt.StrictInt = False,
    max_lsb: opt.MaxLsb = 0,
    min_accuracy: opt.MinAccuracy = None,
    max_drop: opt.MaxDrop = None,
    outputs: opt.Outputs = None,
    limit: opt.Limit = None,
    baseline: opt.Baseline = None,
    fail_on: opt.FailOn = None,
    no_page: opt.NoPage = False,
    force: opt.Force = False,
    json: opt.JsonFile = None,
    verbose: opt.Details = False,
    quiet: opt.Quiet = False,
) -> None:
    """Validate, generate, build, flash and verify: from a .tflite to a proven inference; skips what is up to date."""
    from mcu_toolkit.cli.results import finish, progress_for
    from mcu_toolkit.firmware.listener import Microphone
    from mcu_toolkit.pipeline.application import ApplicationRequest
    from mcu_toolkit.pipeline.compare import compared_with, open_baseline
    from mcu_toolkit.pipeline.deploy import deploy as run_chain
    from mcu_toolkit.pipeline.float_model import FloatRequest, quantize_first
    from mcu_toolkit.pipeline.inspection.float_fallback import report_float_fallbacks
    from mcu_toolkit.pipeline.proof.job import JobRequest, open_job
    from mcu_toolkit.pipeline.proof.outputs import require_npz
    from mcu_toolkit.pipeline.wake_words import check_style, manifest_lines
    from mcu_toolkit.pipeline.workspace.inputs import is_float_model, runtime_options
    from mcu_toolkit.pipeline.workspace.pages import write_page
    from mcu_toolkit.report import to_json
    from mcu_toolkit.report.measures import OF_A_RUN

    require_npz(outputs, data)
    base = open_baseline(baseline, fail_on)
    with progress_for("deploy", json, quiet=quiet, verbose=verbose) as progress:
        board, runtime = opt.unless_project(context, "board", board, model), opt.unless_project(context, "runtime", runtime, model)
        choices = runtime_options(tflm_library, kernels, optimize, max_arena, no_tune=no_tune)
        limits = opt.limits_of(limit, OF_A_RUN, max_lsb=max_lsb, min_accuracy=min_accuracy, max_drop=max_drop)
        if data is not None and is_float_model(model):
            keras = keras or model
            model, output = quantize_first(FloatRequest(model, data, board, runtime, choices, output), progress, force=force)
        request = JobRequest(model, board, runtime, choices, data, random, seed, samples, output, keras, port, limits, outputs)
        wanted = ApplicationRequest(data=data, microphone=Microphone(microphone_hz, gain, remove_offset)) if app else None
        job = open_job(replace(request, application=wanted, manifest=manifest, style=check_style(like)))
        for line in manifest_lines([job.model], [manifest] if manifest else (), check_style(like)):
            progress.note(line)
        report_float_fallbacks([job.model], progress, strict_int=strict_int)
        report = compared_with(run_chain(job, progress, force=force), base)
        page = None if no_page else write_page(job.output, "report.html", [to_json(report)], progress, before=base.reports if base else ())
    finish((report,), json, job.output / "report.json", page, brief=not verbose)


def demo(
    output: opt.OutputFolder = Path("build/demo"),
    board: Annotated[
        str, typer.Option("--board", "-b", help="Board id; `mcu boards` lists them.", autocompletion=completion.boards)
    ] = "netduinoplus2",
    runtime: opt.RuntimeName = None,
    no_page: opt.NoPage = False,
    force: opt.Force = False,
    json: opt.JsonFile = None,
    verbose: opt.Details = False,
    quiet: opt.Quiet = False,
) -> None:
    """Run the main job on real data: handwritten digits, from training to a proven inference."""
    from mcu_toolkit.cli.results import finish, progress_for

    with progress_for("demo", json, quiet=quiet, verbose=verbose) as progress:
        from mcu_toolkit.pipeline.demo import run_demo
        from mcu_toolkit.pipeline.workspace.pages import write_page
        from mcu_toolkit.report import to_json

        report = run_demo(output, board, runtime, progress, force=force)
        page = None if no_page else write_page(output, "report.html", [to_json(report)], progress)
    finish((report,), json, output / "report.json", page, brief=not verbose)
