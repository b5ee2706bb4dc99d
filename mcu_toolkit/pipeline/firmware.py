"""From models to an image: generating the project and building it, each only where it is not up to date."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from mcu_toolkit.artifacts import CompiledModelInfo, FirmwareImage, FirmwareProject, Footprint
from mcu_toolkit.boards import Board
from mcu_toolkit.build import build_project, elf_path, read_footprint
from mcu_toolkit.build.libraries import library_specifications
from mcu_toolkit.errors import InputError, UnsupportedModelError
from mcu_toolkit.firmware import (
    NO_EXTRAS,
    Application,
    Extras,
    NamedModel,
    differences,
    generate_project,
    load_project_info,
    load_project_models,
    stamp_build_id,
)
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline.inspection import memory_check
from mcu_toolkit.pipeline.inspection.label_check import label_notes
from mcu_toolkit.pipeline.inspection.memory_check import memory_line
from mcu_toolkit.pipeline.workspace.inputs import board_of, refuse_unsupported
from mcu_toolkit.pipeline.workspace.locks import folder_in_use
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.step_result import StepResult, verdict_lines
from mcu_toolkit.pipeline.workspace.up_to_date import CACHE_FOLDER, CachedStep, digest_of, package_code, perform
from mcu_toolkit.report import Limits
from mcu_toolkit.report.measures import MEASURES, OF_AN_IMAGE
from mcu_toolkit.runtimes.base import Runtime
from mcu_toolkit.runtimes.tflm.facts import find_sources, read_facts
from mcu_toolkit.runtimes.tflm.rules import check_library
from mcu_toolkit.system.files import sha256_hex
from mcu_toolkit.system.records import INLINE, OPTIONAL, Empty, to_plain
from mcu_toolkit.system.resources import pio_platform_dir, templates_dir
from mcu_toolkit.system.sinks import shell_command
from mcu_toolkit.units import format_bytes

_SHOWN_MODELS = 5
_SYMLINK = "symlink://"


@dataclass(frozen=True)
class AsInManifest:
    """A model, whose keys in JSON are sorted as in the project's manifest."""

    info: CompiledModelInfo

    def plain_form(self) -> object:
        """Its fields by name."""
        return json.loads(json.dumps(to_plain(self.info), sort_keys=True))


@dataclass(frozen=True)
class GeneratedApplication:
    """The application of a project that was generated."""

    example: str
    labels: tuple[str, ...]
    replaced: str
    """What the example took from the user's files, as a diff."""


@dataclass(frozen=True)
class GenerateResult:
    """What `mcu generate` wrote."""

    folder: Path
    board: str
    runtime: str
    models: tuple[NamedModel, ...]
    memory: tuple[AsInManifest, ...]
    """Of the models whose memory is known before a build."""
    application: GeneratedApplication | None = field(default=None, metadata=OPTIONAL)


@dataclass(frozen=True)
class BuildResult:
    """What `mcu build` built."""

    board: str
    runtime: str
    image: Path
    image_sha256: str
    reasons: tuple[str, ...]
    """Limits that it exceeds, and by how much."""
    footprint: Footprint = field(metadata=INLINE)


def generate(
    models: Sequence[Model],
    board: Board,
    runtime: Runtime,
    folder: Path,
    progress: Progress,
    *,
    extras: Extras = NO_EXTRAS,
    force: bool = False,
) -> StepResult[GenerateResult]:
    """`mcu generate`: a complete PlatformIO project in `folder`."""
    application = extras.application
    progress.stage(f"generating firmware: {runtime.name} runtime, board {board.id}")
    with folder_in_use(folder):
        replaced = _replaced(folder, application, board, force=force)
        project, up_to_date = ensure_generated(models, board, runtime, folder, extras, force=force or replaced != "")
    info = load_project_info(folder)
    result = GenerateResult(
        folder=folder,
        board=board.id,
        runtime=runtime.name,
        models=tuple(map(NamedModel, project.model_names, project.model_sha256s)),
        memory=tuple(map(AsInManifest, info.compiled_models)),
    )
    lines: tuple[str, ...] = (
        f"project: {folder} (board {board.id}, runtime {runtime.name}, {_named(project.model_names)})",
        *(f"{one.name}: {memory_line(one)}" for one in info.compiled_models),
        *(f"note: {note}" for note in info.notes),
    )
    if application is not None:
        lines = (*lines, *(f"note: {note}" for note in label_notes(models[0])))
        lines = (*lines, *replaced.splitlines(), f"application: {folder / 'src/app.c'} is yours; docs/how-to/app.md says how to go on")
        result = replace(result, application=GeneratedApplication(application.example, application.labels, replaced))
    return StepResult("generate", lines, result, up_to_date, shell_command("mcu", "build", folder))


def _named(models: Sequence[str]) -> str:
    """`model m`, and of many the first ones."""
    shown = ", ".join(models[:_SHOWN_MODELS])
    return f"model {shown}" if len(models) <= _SHOWN_MODELS else f"{len(models)} models: {shown} ..."


def _replaced(folder: Path, application: Application | None, board: Board, *, force: bool) -> str:
    """What --replace-app takes from the user's files, as a diff; raises InputError with it unless `force`."""
    if application is None or not application.replace:
        return ""
    diff = differences(folder, application, board)
    if diff and not force:
        raise InputError(
            f"these files of yours differ from the example and would be overwritten:\n{diff}",
            on=folder,
            hint="keep a copy, then --replace-app --force; or -o another folder",
        )
    return diff


def ensure_generated(
    models: Sequence[Model],
    board: Board,
    runtime: Runtime,
    folder: Path,
    extras: Extras = NO_EXTRAS,
    *,
    force: bool,
) -> tuple[FirmwareProject, bool]:
    """The project for `models` in `folder`, and whether it was there already; raises NotSatisfiedError if it cannot fit the board."""
    project = FirmwareProject(folder, board.id, runtime.name, tuple(m.name for m in models), tuple(m.sha256 for m in models))
    step = _generating(project, models, board, runtime, extras)

    def work() -> Empty:
        for model in models:
            refuse_unsupported(model, runtime, board)
        check = partial(memory_check.check_estimate, models=models, board=board)
        generate_project(models, board, runtime, folder, extras, check=check, overwrite=force)
        stamp_build_id(folder, linked_libraries(project))
        return Empty()

    _, up_to_date = perform(step, work, Empty, force=force)
    return project, up_to_date


def _generating(project: FirmwareProject, models: Sequence[Model], board: Board, runtime: Runtime, extras: Extras) -> CachedStep:
    """The step that writes `project`, and all that it depends on."""
    return CachedStep(
        name="generate",
        inputs={f"model {number}": model.sha256 for number, model in enumerate(models)} | {"board": sha256_hex(repr(board).encode())},
        options={
            "own board": str(extras.board_file is not None),
            "application": sha256_hex(repr(extras.application).encode()),
            "runtime": runtime.name,
            "settings": str(runtime.settings(board)),
            "names": str(project.model_names),
            "observer": str(extras.observer),
            "benchmark": str(extras.benchmark),
            "sensor": extras.sensor,
        },
        outputs=(project.folder,),
        record=project.folder / CACHE_FOLDER / "generate.json",
        code=(*package_code("firmware", "runtimes", "protocol", "artifacts"), templates_dir(), pio_platform_dir()),
    )


def runtime_notes(project: FirmwareProject) -> tuple[str, ...]:
    """What the runtime wants the user to know of this firmware: operators that its library rounds in its own way."""
    return load_project_info(project.folder).notes


def build(project: FirmwareProject, progress: Progress, *, limits: Limits | None = None, force: bool = False) -> StepResult[BuildResult]:
    """`mcu build`: the project's image; the verdict is no where it exceeds `limits`."""
    board = board_of(project)
    with folder_in_use(project.folder):
        image, up_to_date = ensure_built(project, board, progress, force=force)
    size = image.footprint
    lines = (
        f"image: {image.elf}",
        f"{memory_check.size_line(image, board)}; code {format_bytes(size.code_bytes)}, weights {format_bytes(size.weights_bytes)}, "
        f"arena {format_bytes(size.arena_bytes)}",
    )
    sizes = {name: getattr(size, MEASURES[name].field) for name in OF_AN_IMAGE}
    reasons = () if limits is None else limits.on(board.id).exceeded(sizes)
    result = BuildResult(board.id, project.runtime, image.elf, image.sha256, reasons, size)
    if reasons:
        return StepResult("build", (*lines, *verdict_lines(reasons)), result, up_to_date, verdict="fail")
    return StepResult("build", lines, result, up_to_date, shell_command("mcu", "flash", project.folder))


def ensure_built(project: FirmwareProject, board: Board, progress: Progress, *, force: bool) -> tuple[FirmwareImage, bool]:
    """The image of `project`, and whether it was there already; raises NotSatisfiedError with numbers if it does not fit."""
    progress.stage(f"building with PlatformIO for {board.id}")
    elf = elf_path(project)
    libraries = linked_libraries(project)
    stamp_build_id(project.folder, libraries)  # the user's own files may have changed
    step = CachedStep(
        name="build",
        inputs={"project": digest_of(project.folder), **libraries},
        options={"board": board.id},
        outputs=(elf,),
        record=project.folder / CACHE_FOLDER / "build.json",
        code=package_code("build"),
    )

    def work() -> Empty:
        build_project(project, board, on_line=progress.line)
        check_fetched_library(project)
        return Empty()

    _, up_to_date = perform(step, work, Empty, force=force)
    image = FirmwareImage(elf, digest_of(elf), read_footprint(elf))
    progress.note(f"{'up to date; ' if up_to_date else ''}{memory_check.size_line(image, board)}")
    memory_check.check_image(image, board)
    return image, up_to_date


def linked_libraries(project: FirmwareProject) -> dict[str, str]:
    """Hashes of the libraries that platformio.ini takes from folders of this machine, by path."""
    specifications = library_specifications(project.folder)
    folders = (Path(one.removeprefix(_SYMLINK)) for one in specifications if one.startswith(f"{_SYMLINK}/"))
    return {str(folder): digest_of(folder) for folder in folders}


def check_fetched_library(project: FirmwareProject) -> None:
    """Raise UnsupportedModelError where a TensorFlow Lite Micro that was fetched for `project` would run one of its models wrong.

    Only now, when PlatformIO has fetched it for the build, is it known which operators it has.
    Nothing is said of projects that fetched none: their library was looked at before anything was generated.
    """
    for folder in sorted((project.folder / ".pio" / "libdeps" / project.board_id).glob("*/")):
        root = find_sources(folder)
        if root is None:
            continue
        facts = read_facts(root)
        for model in load_project_models(project.folder):
            findings = check_library(model, facts, folder.name)
            if findings:
                reasons = "\n".join(f"    {finding}" for finding in findings)
                raise UnsupportedModelError(f"the library that was fetched cannot run this model:\n{reasons}", on=model.name)
