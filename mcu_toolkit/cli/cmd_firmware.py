"""`mcu header`, `mcu generate`, `mcu build`, `mcu flash`: from a model to an image on a board."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mcu_toolkit.cli import completion
from mcu_toolkit.cli import options as opt

ProjectFolder = Annotated[
    Path, typer.Argument(help="A folder that `mcu generate` or `mcu deploy` wrote.", metavar="PROJECT", show_default=False)
]
ModelPaths = Annotated[list[Path], typer.Argument(help="One or more .tflite files.", metavar="MODEL", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command(short_help="Models as C arrays: model_data.h and .cc.")(header)
    app.command(short_help="Write a complete PlatformIO project.")(generate)
    app.command(short_help="Build a project.")(build)
    app.command(short_help="Put a project's image onto its board.")(flash)


def header(
    models: ModelPaths,
    output: opt.OutputFolder = Path(),
    c: Annotated[bool, typer.Option("--c", help="Plain C (model_data.c) instead of C++.")] = False,
    name: Annotated[str, typer.Option("--name", help="Name of the array instead of the file's.", show_default=False)] = "",
    section: Annotated[str, typer.Option("--section", help="Linker section to put the array into.", show_default=False)] = "",
    force: opt.Force = False,
    json: opt.JsonFile = None,
    quiet: opt.Quiet = False,
) -> None:
    """Write model_data.h and model_data.cc: each .tflite as an aligned, const C array."""
    from mcu_toolkit.cli.results import finish_step, progress_for
    from mcu_toolkit.pipeline.header import HeaderOptions, write_header
    from mcu_toolkit.pipeline.workspace.inputs import load_model

    with progress_for("header", json, quiet=quiet) as progress:
        result = write_header([load_model(path) for path in models], output, HeaderOptions(c, name, section), progress, force=force)
    finish_step(result, json)


def generate(
    models: ModelPaths,
    output: opt.OutputFolder,
    board: opt.BoardId = None,
    runtime: opt.RuntimeName = None,
    tflm_library: opt.TflmLibrary = None,
    kernels: opt.KernelChoice = None,
    optimize: opt.OptimizeFor = None,
    max_arena: opt.MaxArena = None,
    no_tune: opt.NoTune = False,
    export_only: Annotated[
        bool, typer.Option("--export-only", help="The models' C code alone, for your own project; plain C unless --board.")
    ] = False,
    as_library: Annotated[bool, typer.Option("--as-library", help="The same as a PlatformIO and Arduino library.")] = False,
    shared_arena: Annotated[
        bool, typer.Option("--shared-arena", help="export: one arena for all models, which run one at a time.")
    ] = False,
    prefix: Annotated[
        str,
        typer.Option("--prefix", help="export: what the models' names in C begin with.", metavar="NAME", show_default=False),
    ] = "",
    app: Annotated[bool, typer.Option("--app", help="With your own application: src/app.c.")] = False,
    example: Annotated[
        str | None,
        typer.Option(
            "--example",
            help="app: pattern, accelerometer, microphone or sound; default: sound where the models can listen, else pattern.",
            show_default=False,
            autocompletion=completion.any_of("pattern", "accelerometer", "microphone", "sound"),
        ),
    ] = None,
    manifest: opt.Manifests = None,
    like: opt.WakeWordStyle = "esphome",
    microphone_hz: opt.MicrophoneHz = 0,
    gain: opt.Gain = 1.0,
    remove_offset: opt.RemoveOffset = False,
    labels: Annotated[Path | None, typer.Option("--labels", help="app: names of the classes, one per line.", show_default=False)] = None,
    data: Annotated[Path | None, typer.Option("--data", "-d", help="app: its first samples are embedded.", show_default=False)] = None,
    replace_app: Annotated[bool, typer.Option("--replace-app", help="app: restore the example; shows what would be lost.")] = False,
    strict_int: opt.StrictInt = False,
    protocol: Annotated[str, typer.Option("--protocol", help="toolkit, or mlperf-tiny for EEMBC's runner.")] = "toolkit",
    benchmark: Annotated[
        str | None, typer.Option("--benchmark", help="mlperf-tiny: kws01, vww01, ic01 or ad01; default: by shape.", show_default=False)
    ] = None,
    observer: Annotated[bool, typer.Option("--observer", help="Add the tensor observer, for mcu verify --per-layer.")] = False,
    dump_passes: Annotated[
        Path | None,
        typer.Option(
            "--dump-passes", help="aot: write the program after each compiler pass into this folder.", metavar="DIR", show_default=False
        ),
    ] = None,
    force: opt.Force = False,
    json: opt.JsonFile = None,
    quiet: opt.Quiet = False,
) -> None:
    """Write a complete PlatformIO project for a board, with one or more models in it.

    With --app it has an application: src/app.c and what belongs to it are yours and are never overwritten, unless you ask
    for it with --replace-app, which shows the difference first and overwrites only together with --force.
    With --export-only or --as-library it is only the models' C code, for your own projects: docs/how-to/using-generated-code.md.
    """
    from mcu_toolkit.boards import load_board
    from mcu_toolkit.cli.results import finish_step, progress_for
    from mcu_toolkit.errors import InputError
    from mcu_toolkit.firmware import Extras
    from mcu_toolkit.firmware.listener import Microphone
    from mcu_toolkit.pipeline import export, firmware
    from mcu_toolkit.pipeline.application import ApplicationRequest, application_for
    from mcu_toolkit.pipeline.inspection.float_fallback import report_float_fallbacks
    from mcu_toolkit.pipeline.inspection.pass_dumps import write_pass_dumps
    from mcu_toolkit.pipeline.proof.arena import known_runtime
    from mcu_toolkit.pipeline.wake_words import check_style, manifest_lines, with_manifests
    from mcu_toolkit.pipeline.workspace.inputs import (
        DEFAULT_BOARD,
        PORTABLE_BOARD,
        benchmark_for,
        choose_tuned,
        load_model,
        runtime_options,
    )
    from mcu_toolkit.runtimes import DEFAULT_RUNTIME
    from mcu_toolkit.runtimes.base import ExportForm

    if (export_only or as_library) and optimize not in (None, "ram"):
        found = f"--optimize {optimize} sets the compiler's flags, and an export is compiled by your own build"
        raise InputError(found, expected="--optimize ram, or none", hint="give -Os, -O2 or -O3 there")
    if not (export_only or as_library) and (shared_arena or prefix):
        found = "--shared-arena and --prefix are about code for your own projects"
        raise InputError(found, expected="--export-only or --as-library with them", hint="docs/how-to/using-generated-code.md")
    style = check_style(like)
    if not app and (labels is not None or replace_app or example is not None):
        what = "--example, --labels and --replace-app are about an application"
        raise InputError(what, expected="--app with them", hint="docs/how-to/app.md")
    with progress_for("generate", json, quiet=quiet) as progress:
        exports = export_only or as_library
        target = load_board(board or (PORTABLE_BOARD if exports else DEFAULT_BOARD))
        loaded = list(with_manifests([load_model(path) for path in models], manifest or (), style))
        for line in manifest_lines(loaded, manifest or (), style):
            progress.note(line)
        report_float_fallbacks(loaded, progress, strict_int=strict_int)
        choices = runtime_options(tflm_library, kernels, optimize, max_arena, no_tune=no_tune)
        beside = dict(zip(models, loaded, strict=True))
        if exports:
            named = export.with_prefix(loaded, prefix)
            exporter = choose_tuned(runtime or DEFAULT_RUNTIME, target, choices, beside)
            if dump_passes is not None:
                write_pass_dumps(loaded, target, exporter, dump_passes)
            form = ExportForm(as_library, observer, shared_arena)
            done = export.export(named, target, exporter, output, progress, form=form, force=force)
            finish_step(done, json)
            return
        chosen = known_runtime(loaded, target, choose_tuned(runtime, target, choices, beside))
        if dump_passes is not None:
            write_pass_dumps(loaded, target, chosen, dump_passes)
        wanted = ApplicationRequest(example or "", labels, data, replace_app, Microphone(microphone_hz, gain, remove_offset))
        application = application_for(loaded, wanted) if app else None
        extras = Extras(application, opt.board_file(board), observer, benchmark_for(loaded, protocol, benchmark))
        result = firmware.generate(loaded, target, chosen, output, progress, extras=extras, force=force)
    finish_step(result, json)


def build(
    project: ProjectFolder,
    limit: opt.Limit = None,
    force: opt.Force = False,
    json: opt.JsonFile = None,
    verbose: opt.Verbose = False,
    quiet: opt.Quiet = False,
) -> None:
    """Build a project with PlatformIO and say how much of the board's memory it takes."""
    from mcu_toolkit.cli.results import finish_step, progress_for
    from mcu_toolkit.pipeline import firmware
    from mcu_toolkit.pipeline.workspace.inputs import require_project
    from mcu_toolkit.report.measures import OF_AN_IMAGE

    with progress_for("build", json, quiet=quiet, verbose=verbose) as progress:
        limits = opt.limits_of(limit, OF_AN_IMAGE)
        result = firmware.build(require_project(project), progress, limits=limits, force=force)
    finish_step(result, json)


def flash(
    project: ProjectFolder,
    port: opt.Port = None,
    force: opt.Force = False,
    json: opt.JsonFile = None,
    verbose: opt.Verbose = False,
    quiet: opt.Quiet = False,
) -> None:
    """Put a project's image onto its board, building what changed; an emulated board is started."""
    from mcu_toolkit.cli.results import finish_step, progress_for
    from mcu_toolkit.pipeline.proof import device
    from mcu_toolkit.pipeline.workspace.inputs import require_project

    with progress_for("flash", json, quiet=quiet, verbose=verbose) as progress:
        result = device.flash(require_project(project), port, progress, force=force)
    finish_step(result, json)
