"""`mcu header`, `mcu generate`, `mcu build`, `mcu flash`: from a model to an image on a board."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcu_toolkit.cli import completion
from mcu_toolkit.cli import options as opt
from mcu_toolkit.cli.groups import Build, Target
from mcu_toolkit.cli.listening import MicrophoneOptions, WakeWordOptions
from mcu_toolkit.cli.option_records import with_records
from mcu_toolkit.errors import InputError
from mcu_toolkit.export_formats import EXPORT_FORMATS, LIBRARY, MAKE, ExportFormat, export_format

if TYPE_CHECKING:
    from mcu_toolkit.firmware.listener import Microphone
    from mcu_toolkit.pipeline.application import ApplicationRequest
    from mcu_toolkit.pipeline.workspace.step_result import StepResult

ProjectFolder = Annotated[
    Path, typer.Argument(help="A folder that `mcu generate` or `mcu deploy` wrote.", metavar="PROJECT", show_default=False)
]
ModelPaths = Annotated[list[Path], typer.Argument(help="One or more .tflite files.", metavar="MODEL", show_default=False)]
DumpPasses = Annotated[
    Path | None,
    typer.Option(
        "--dump-passes", help="aot: write the program after each compiler pass into this folder.", metavar="DIR", show_default=False
    ),
]


@dataclass(frozen=True)
class ExportOptions:
    """The models' code alone, for a project of the user's."""

    as_format: Annotated[
        str | None,
        typer.Option(
            "--as",
            help=f"The models' C code alone, for another build system; plain C unless --board: {', '.join(EXPORT_FORMATS)}.",
            metavar="NAME",
            show_default=False,
            autocompletion=completion.any_of(*EXPORT_FORMATS),
        ),
    ] = None
    export_only: Annotated[bool, typer.Option("--export-only", help="The same as --as make.")] = False
    as_library: Annotated[bool, typer.Option("--as-library", help="The same as --as library.")] = False
    shared_arena: Annotated[bool, typer.Option("--shared-arena", help="export: one arena for all models, which run one at a time.")] = False
    prefix: Annotated[
        str,
        typer.Option("--prefix", help="export: what the models' names in C begin with.", metavar="NAME", show_default=False),
    ] = ""

    @property
    def wanted(self) -> bool:
        """True for code without firmware."""
        return self.as_format is not None or self.export_only or self.as_library

    @property
    def format(self) -> ExportFormat:
        """The build system that was asked for; raises UnknownNameError for one that there is not."""
        if self.as_format is not None:
            return export_format(self.as_format)
        return LIBRARY if self.as_library else MAKE

    def require_sense(self, optimize: str | None) -> None:
        """Raise InputError where options do not go together."""
        chosen = self.format
        if self.as_library and chosen is not LIBRARY:
            raise InputError(f"--as-library is --as library, and --as {self.as_format} was given too", expected="one of them")
        if self.wanted and optimize not in (None, "ram"):
            found = f"--optimize {optimize} sets the compiler's flags, and an export is compiled by your own build"
            raise InputError(found, expected="--optimize ram, or none", hint="give -Os, -O2 or -O3 there")
        if not self.wanted and (self.shared_arena or self.prefix):
            found = "--shared-arena and --prefix are about code for your own projects"
            raise InputError(found, expected="--as with them", hint="docs/how-to/using-generated-code.md")


@dataclass(frozen=True)
class AppOptions:
    """The user's application in the firmware."""

    app: Annotated[bool, typer.Option("--app", help="With your own application: src/app.c.")] = False
    example: Annotated[
        str | None,
        typer.Option(
            "--example",
            help="app: pattern, accelerometer, microphone, sound or motion; default: what the models sense, else pattern.",
            show_default=False,
            autocompletion=completion.any_of("pattern", "accelerometer", "microphone", "sound", "motion"),
        ),
    ] = None
    labels: Annotated[Path | None, typer.Option("--labels", help="app: names of the classes, one per line.", show_default=False)] = None
    data: Annotated[Path | None, typer.Option("--data", "-d", help="app: its first samples are embedded.", show_default=False)] = None
    replace_app: Annotated[bool, typer.Option("--replace-app", help="app: restore the example; shows what would be lost.")] = False

    def require_sense(self) -> None:
        """Raise InputError where options do not go together."""
        if not self.app and (self.labels is not None or self.replace_app or self.example is not None):
            what = "--example, --labels and --replace-app are about an application"
            raise InputError(what, expected="--app with them", hint="docs/how-to/app.md")

    def request(self, microphone: Microphone) -> ApplicationRequest | None:
        """What was asked for; None for firmware without an application."""
        from mcu_toolkit.pipeline.application import ApplicationRequest

        return ApplicationRequest(self.example or "", self.labels, self.data, self.replace_app, microphone) if self.app else None


@dataclass(frozen=True)
class ProtocolOptions:
    """What the firmware speaks, and what it reports."""

    protocol: Annotated[
        str,
        typer.Option(
            "--protocol", help="toolkit, or mlperf-tiny for EEMBC's runner.", autocompletion=completion.any_of("toolkit", "mlperf-tiny")
        ),
    ] = "toolkit"
    benchmark: Annotated[
        str | None,
        typer.Option("--benchmark", help="mlperf-tiny: kws01, vww01, ic01, ad01, sww01; default: by shape.", show_default=False),
    ] = None
    observer: Annotated[bool, typer.Option("--observer", help="Add the tensor observer, for mcu verify --per-layer.")] = False


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command(short_help="Models as C arrays: model_data.h and .cc.")(header)
    app.command(short_help="Write a complete PlatformIO project.")(with_records(generate))
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
    from mcu_toolkit.api.firmware import header as write
    from mcu_toolkit.cli.results import finish_step, progress_for

    with progress_for("header", json, quiet=quiet) as progress:
        result = write(models, output, plain_c=c, name=name, section=section, force=force, progress=progress)
    finish_step(result, json)


def generate(
    models: ModelPaths,
    output: opt.OutputFolder,
    *,
    target: Target,
    build: Build,
    export: ExportOptions,
    application: AppOptions,
    heard: MicrophoneOptions,
    words: WakeWordOptions,
    strict_int: opt.StrictInt = False,
    speaks: ProtocolOptions,
    dump_passes: DumpPasses = None,
    force: opt.Force = False,
    json: opt.JsonFile = None,
    quiet: opt.Quiet = False,
) -> None:
    """Write a complete PlatformIO project for a board, with one or more models in it.

    With --app it has an application: src/app.c and what belongs to it are yours and are never overwritten, unless you ask
    for it with --replace-app, which shows the difference first and overwrites only together with --force.
    With --as it is only the models' C code, for your own project in another build system: docs/how-to/build-systems.md.
    """
    from mcu_toolkit.api import firmware
    from mcu_toolkit.cli.results import finish_step, progress_for

    export.require_sense(build.optimize)
    application.require_sense()
    with progress_for("generate", json, quiet=quiet) as progress:
        common: dict[str, Any] = {
            **{"board": target.board, "runtime": target.runtime, "options": build.choices()},
            **{"manifests": words.manifests, "style": words.style, "observer": speaks.observer, "strict_int": strict_int},
            **{"dump_passes": dump_passes, "force": force, "progress": progress},
        }
        if export.wanted:
            form, shared = export.format.name, export.shared_arena
            result: StepResult[object] = firmware.export(models, output, form=form, shared_arena=shared, prefix=export.prefix, **common)
        else:
            app = application.request(heard.microphone())
            result = firmware.generate(models, output, application=app, protocol=speaks.protocol, benchmark=speaks.benchmark, **common)
    finish_step(result, json)


def build(
    project: ProjectFolder,
    limit: opt.LimitOfImage = None,
    force: opt.Force = False,
    json: opt.JsonFile = None,
    verbose: opt.Verbose = False,
    quiet: opt.Quiet = False,
) -> None:
    """Build a project with PlatformIO and say how much of the board's memory it takes."""
    from mcu_toolkit.api.firmware import build as run
    from mcu_toolkit.cli.results import finish_step, progress_for
    from mcu_toolkit.report.measures import OF_AN_IMAGE

    with progress_for("build", json, quiet=quiet, verbose=verbose) as progress:
        result = run(project, limits=opt.limits_of(limit, OF_AN_IMAGE), force=force, progress=progress)
    finish_step(result, json)


def flash(
    project: ProjectFolder,
    port: opt.Port = None,
    tool: opt.UploadToolName = "",
    read_back: opt.ReadBack = False,
    force: opt.Force = False,
    json: opt.JsonFile = None,
    verbose: opt.Verbose = False,
    quiet: opt.Quiet = False,
) -> None:
    """Put a project's image onto its board, building what changed; an emulated board is started."""
    from mcu_toolkit.api.firmware import flash as run
    from mcu_toolkit.cli.results import finish_step, progress_for

    with progress_for("flash", json, quiet=quiet, verbose=verbose) as progress:
        result = run(project, port=port, tool=tool, read_back=read_back, force=force, progress=progress)
    finish_step(result, json)
