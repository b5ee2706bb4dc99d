"""`mcu.header`, `mcu.generate`, `mcu.export`, `mcu.build`, `mcu.flash`: from models to an image on a board."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mcu_toolkit.api.given import StrPath, limits_among, paths_of, shown_by

if TYPE_CHECKING:
    from mcu_toolkit.artifacts.wake_word import Style
    from mcu_toolkit.boards import Board
    from mcu_toolkit.model import Model
    from mcu_toolkit.pipeline.application import ApplicationRequest
    from mcu_toolkit.pipeline.export import ExportResult
    from mcu_toolkit.pipeline.firmware import BuildResult, GenerateResult
    from mcu_toolkit.pipeline.header import HeaderResult
    from mcu_toolkit.pipeline.proof.flash import FlashResult
    from mcu_toolkit.pipeline.workspace.progress import Progress
    from mcu_toolkit.pipeline.workspace.step_result import StepResult
    from mcu_toolkit.report import Limits
    from mcu_toolkit.runtimes import Runtime, RuntimeOptions


def header(
    models: StrPath | Sequence[StrPath],
    output: StrPath = ".",
    *,
    plain_c: bool = False,
    name: str = "",
    section: str = "",
    force: bool = False,
    progress: Progress | None = None,
) -> StepResult[HeaderResult]:
    """Write `model_data.h` and `model_data.cc` (`plain_c`: `.c`) into `output`: each .tflite as an aligned, const C array.

    `name` is the array's instead of the file's, `section` the linker section to put it into.
    """
    from mcu_toolkit.pipeline.header import HeaderOptions, write_header
    from mcu_toolkit.pipeline.workspace.inputs import load_model

    loaded = [load_model(path) for path in paths_of(models)]
    return write_header(loaded, Path(output), HeaderOptions(plain_c, name, section), shown_by(progress), force=force)


def generate(
    models: StrPath | Sequence[StrPath],
    output: StrPath,
    *,
    board: str | None = None,
    runtime: str | None = None,
    options: RuntimeOptions | None = None,
    application: ApplicationRequest | None = None,
    manifests: Sequence[StrPath] = (),
    style: Style = "esphome",
    observer: bool = False,
    protocol: str = "toolkit",
    benchmark: str | None = None,
    strict_int: bool = False,
    dump_passes: StrPath | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> StepResult[GenerateResult]:
    """Write a complete PlatformIO project for `board` (an id or a .toml file) into `output`, with one or more .tflite in it.

    `application`: the firmware also has src/app.c, which is yours.  `manifests` (one for each model) and `style` are of wake words.
    `observer`: firmware that `verify(per_layer=True)` can ask about every layer.  `protocol` is `toolkit` or `mlperf-tiny`.
    `dump_passes`: a folder for the program after each pass of the compiler.

    Raises UnsupportedModelError for a model that the runtime cannot run, NotSatisfiedError for one that cannot fit.
    """
    from mcu_toolkit.boards import custom_board_file, load_board
    from mcu_toolkit.firmware import Extras
    from mcu_toolkit.pipeline import firmware
    from mcu_toolkit.pipeline.application import application_for
    from mcu_toolkit.pipeline.inspection.pass_dumps import write_pass_dumps
    from mcu_toolkit.pipeline.proof.arena import known_runtime
    from mcu_toolkit.pipeline.workspace.inputs import DEFAULT_BOARD, benchmark_for, choose_runtime

    shown = shown_by(progress)
    loaded = load_models(models, manifests, style, shown, strict_int=strict_int)
    chosen = load_board(board or DEFAULT_BOARD)
    with_arena = known_runtime(list(loaded), chosen, choose_runtime(runtime, chosen, options))
    if dump_passes is not None:
        write_pass_dumps(loaded, chosen, with_arena, Path(dump_passes))
    app = None if application is None else application_for(loaded, application)
    extras = Extras(app, custom_board_file(board), observer, benchmark_for(loaded, protocol, benchmark))
    return firmware.generate(loaded, chosen, with_arena, Path(output), shown, extras=extras, force=force)


def export(
    models: StrPath | Sequence[StrPath],
    output: StrPath,
    *,
    form: str = "make",
    board: str | None = None,
    runtime: str | None = None,
    options: RuntimeOptions | None = None,
    manifests: Sequence[StrPath] = (),
    style: Style = "esphome",
    observer: bool = False,
    shared_arena: bool = False,
    prefix: str = "",
    strict_int: bool = False,
    dump_passes: StrPath | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> StepResult[ExportResult]:
    """Write the models' C code alone into `output`, for your own project in the build system `form` (`make`, `cmake`, `zephyr` ...).

    Kernels are plain C, or those that suit `board`.  `shared_arena`: one arena for all models, which then run one at a time.
    `prefix` is what their names in C begin with.  Raises what `generate` raises.
    """
    from mcu_toolkit.boards import load_board
    from mcu_toolkit.export_formats import export_format
    from mcu_toolkit.pipeline import export as exporting
    from mcu_toolkit.pipeline.inspection.pass_dumps import write_pass_dumps
    from mcu_toolkit.pipeline.workspace.inputs import PORTABLE_BOARD, choose_runtime
    from mcu_toolkit.runtimes import DEFAULT_RUNTIME
    from mcu_toolkit.runtimes.base import ExportForm

    chosen_form = ExportForm(export_format(form), observer, shared_arena)
    shown = shown_by(progress)
    loaded = load_models(models, manifests, style, shown, strict_int=strict_int)
    target = load_board(board or PORTABLE_BOARD)
    chosen: tuple[Board, Runtime] = target, choose_runtime(runtime or DEFAULT_RUNTIME, target, options)
    if dump_passes is not None:
        write_pass_dumps(loaded, *chosen, Path(dump_passes))
    named = exporting.with_prefix(loaded, prefix)
    return exporting.export(named, *chosen, Path(output), shown, form=chosen_form, force=force)


def load_models(
    paths: StrPath | Sequence[StrPath], manifests: Sequence[StrPath], style: Style, progress: Progress, *, strict_int: bool
) -> tuple[Model, ...]:
    """The models with what their manifests say; `progress` hears what a user should know of them."""
    from mcu_toolkit.pipeline.inspection.float_fallback import report_float_fallbacks
    from mcu_toolkit.pipeline.wake_words import check_style, manifest_lines, with_manifests
    from mcu_toolkit.pipeline.workspace.inputs import load_model

    files, checked = [Path(path) for path in manifests], check_style(style)
    loaded = with_manifests([load_model(path) for path in paths_of(paths)], files, checked)
    for line in manifest_lines(loaded, files, checked):
        progress.note(line)
    report_float_fallbacks(loaded, progress, strict_int=strict_int)
    return loaded


def build(
    project: StrPath, *, limits: Limits | None = None, force: bool = False, progress: Progress | None = None
) -> StepResult[BuildResult]:
    """Build the project in a folder that `generate` or `deploy` wrote, and say how much of the board's memory it takes.

    The result says no where the image exceeds `limits` (flash, code, weights, ram, arena).  Raises NotSatisfiedError where it does
    not fit the board, ToolError where a tool is missing or fails.
    """
    from mcu_toolkit.pipeline import firmware
    from mcu_toolkit.pipeline.workspace.inputs import require_project
    from mcu_toolkit.report.measures import OF_AN_IMAGE

    accepted = limits_among(limits, OF_AN_IMAGE)
    return firmware.build(require_project(Path(project)), shown_by(progress), limits=accepted, force=force)


def flash(
    project: StrPath,
    *,
    port: str | None = None,
    tool: str = "",
    read_back: bool = False,
    force: bool = False,
    progress: Progress | None = None,
) -> StepResult[FlashResult]:
    """Put a project's image onto its board, building what changed; an emulated board is started and needs no `port`.

    `tool`: upload with it (`openocd`, `st-flash` ...) instead of PlatformIO; `read_back`: then read the flash and compare every byte.
    """
    from mcu_toolkit.build.upload import UploadRequest
    from mcu_toolkit.pipeline.proof.flash import flash as put
    from mcu_toolkit.pipeline.workspace.inputs import require_project

    return put(require_project(Path(project)), port, shown_by(progress), UploadRequest(tool, read_back), force=force)
