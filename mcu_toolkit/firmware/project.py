"""A complete PlatformIO project for one board, one runtime and one or more models."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from mcu_toolkit.artifacts import FirmwareInfo, FirmwareProject
from mcu_toolkit.artifacts.banner import Banner, banner_lines
from mcu_toolkit.artifacts.code_names import code_names
from mcu_toolkit.boards import SENSOR_KINDS, Board
from mcu_toolkit.errors import InputError
from mcu_toolkit.firmware import MANIFEST
from mcu_toolkit.firmware.application import (
    SENSING,
    board_of,
    chosen_sensor,
    generated_files,
    kept_application,
    replace_users_files,
    users_files,
)
from mcu_toolkit.firmware.benchmark import Benchmark, benchmark_files, benchmark_sensor
from mcu_toolkit.firmware.build_id import BUILD_ID_HEADER, build_id_header, build_id_of
from mcu_toolkit.firmware.collisions import files_by_name, refuse_shared_symbols
from mcu_toolkit.firmware.extras import NO_EXTRAS, Extras
from mcu_toolkit.firmware.listener import Listening, listener_files
from mcu_toolkit.firmware.manifest import Origin, ProjectManifest, project_files
from mcu_toolkit.firmware.model_frontends import ModelFrontend, model_frontend_sources, model_frontends
from mcu_toolkit.firmware.observer import ObserverSizes, observer_sizes
from mcu_toolkit.firmware.preprocess import preprocess_headers
from mcu_toolkit.firmware.sensor import Options, sensor_files, users_sensor_files, with_sensor_options
from mcu_toolkit.firmware.template_files import copied_sources, has_own_main, platform_files, rendered_file
from mcu_toolkit.model import Model, c_identifier, parse_model
from mcu_toolkit.protocol import render_ids_header
from mcu_toolkit.runtimes.base import Contribution, Runtime
from mcu_toolkit.system.confined import write_inside
from mcu_toolkit.system.files import make_folder, read_bytes, sha256_hex
from mcu_toolkit.system.resources import templates_dir
from mcu_toolkit.system.sinks import platformio_folder
from mcu_toolkit.version import __version__

IGNORED = (
    b"# What builds leave behind; the rest of this folder belongs into version control.\n"
    b".mcu/\n.pio/\n__pycache__/\n*.o\ncompile_commands.json\n"
)
"""Of a new folder's .gitignore."""
_MAIN = "src/main.c"
_WITHOUT_PROTOCOL = frozenset({_MAIN, "src/firmware.h", "src/inference.h", "src/platform.h"})
"""What firmware has whose conversation is not the toolkit's."""
_MODELS_MAX = 255
"""`model_count` of HELLO is a byte (docs/protocol.md)."""


def generate_project(
    models: Sequence[Model],
    board: Board,
    runtime: Runtime,
    folder: Path,
    extras: Extras = NO_EXTRAS,
    *,
    check: Callable[[Contribution], None] | None = None,
    overwrite: bool = False,
) -> FirmwareProject:
    """Write the project into `folder` (new, empty, or one of ours) and return its record.

    `check` may look at what the runtime contributes, and raise, before anything is written.  Generated files that were
    edited since are not replaced unless `overwrite`.  Files of an application that are the user's are written where
    there are none, and replaced only if `application.replace`; a folder that had an application keeps it.

    Files that did not change keep their time stamps, so that PlatformIO rebuilds only what it must; files of an
    earlier generation that are not wanted any more are removed.  Raises UnsupportedModelError if the runtime refuses
    a model, InputError if the folder holds something else or edited files; then nothing is written.
    """
    platformio_folder(folder)
    if len(models) > _MODELS_MAX:
        raise InputError(f"{len(models)} models", expected=f"at most {_MODELS_MAX} in one firmware, which the protocol counts")
    contribution = runtime.contribute(models, board)
    if check is not None:
        check(contribution)
    extras = _completed(extras, folder, board)
    application = extras.application
    files = files_by_name(_project_files(models, board, runtime, contribution, extras))
    if extras.board_file is not None:
        files[_board_file(board.id)] = read_bytes(extras.board_file, kind="board file")
    if extras.benchmark is None:
        files[BUILD_ID_HEADER] = build_id_header(build_id_of(files))
    manifest = ProjectManifest(
        origin=Origin.of(models, board, runtime, contribution.arena_bytes),
        info=replace(contribution.info, benchmark=None if extras.benchmark is None else extras.benchmark.version),
        application=None if application is None else application.kept,
    )
    refuse_shared_symbols(files, names_in_code(models))
    project_files(folder).write(files, manifest, overwrite=overwrite, users=_users_files(extras, board))
    if application is not None:
        replace_users_files(folder, application, board)
    return load_project(folder)


def _completed(extras: Extras, folder: Path, board: Board) -> Extras:
    """`extras` with the application that `folder` keeps, and the sensor that application or benchmark reads."""
    before = project_files(folder).read_manifest()
    application = kept_application(folder, None if before is None else before.manifest.application, extras.application)
    sensor = chosen_sensor(extras.sensor or benchmark_sensor(extras.benchmark, board), application, board)
    return replace(extras, application=application, sensor=sensor)


def _users_files(extras: Extras, board: Board) -> dict[str, bytes]:
    """What is written where it is missing, and is the user's from then on."""
    files = {".gitignore": IGNORED, **dict(users_sensor_files(extras.sensor, board))}
    return files if extras.application is None else files | dict(users_files(extras.application, board))


def names_in_code(models: Sequence[Model]) -> tuple[str, ...]:
    """What each model is called in the C of one folder."""
    return code_names([model.name for model in models])


def export_sources(models: Sequence[Model], board: Board, runtime: Runtime, folder: Path) -> tuple[Path, ...]:
    """Write only the runtime's own files (and `inference.h`) into `folder`; returns what was written.

    This is what the host library for checks is compiled from.
    """
    contribution = runtime.contribute(models, board)
    make_folder(folder)
    files = {str(PurePosixPath(name).relative_to("src")): content for name, content in _runtimes_files(models, board, contribution, {})}
    files["inference.h"] = read_bytes(templates_dir() / "common/src/inference.h", kind="template")
    for name, content in files.items():
        write_inside(folder, name, content)
    return tuple(folder / name for name in files)


def load_project(folder: Path) -> FirmwareProject:
    """The record of a project generated earlier; raises InputError if `folder` is not one."""
    manifest = _load_manifest(folder)
    origin = manifest.origin
    return FirmwareProject(
        *(folder, origin.board, origin.runtime, tuple(one.name for one in origin.models), tuple(one.sha256 for one in origin.models)),
        has_application=manifest.application is not None,
    )


def load_project_info(folder: Path) -> FirmwareInfo:
    """What was known of the firmware when the project in `folder` was generated; raises InputError as `load_project` does."""
    return _load_manifest(folder).info


def _load_manifest(folder: Path) -> ProjectManifest:
    written = project_files(folder).read_manifest()
    if written is None and not folder.exists():
        raise InputError("project not found", on=folder, hint="check the path")
    if written is None:
        raise InputError("is not a generated project", on=folder, expected=f"a folder with {MANIFEST}", hint="mcu generate")
    if not written.complete:
        raise InputError("its generation was broken off", on=folder, expected="a complete project", hint="mcu generate, as before")
    return written.manifest


def load_project_models(folder: Path) -> tuple[Model, ...]:
    """The models of a project generated earlier, from the copies in it; raises InputError where one is missing or not the one built."""
    project = load_project(folder)
    models = []
    for number, (name, sha256) in enumerate(zip(project.model_names, project.model_sha256s, strict=True)):
        path = folder / _model_file(number, name)
        content = read_bytes(path, kind="copy of the model")
        if sha256_hex(content) != sha256:
            raise InputError(
                f"is not the model the project was generated from, sha256 {sha256[:16]}...", on=path, hint="generate the project again"
            )
        models.append(parse_model(content, name))
    return tuple(models)


def own_board_file(project: FirmwareProject) -> Path | None:
    """The project's copy of the file of its board; None if that is a shipped board."""
    path = project.folder / _board_file(project.board_id)
    return path if path.is_file() else None


def _board_file(board_id: str) -> str:
    return f"board/{board_id}.toml"


def _model_file(number: int, name: str) -> str:
    return f"models/{number}_{c_identifier(name)}.tflite"


@dataclass(frozen=True)
class _Common:
    """Variables that every template has."""

    board: Board
    models: tuple[Model, ...]
    toolkit_version: str
    banner: tuple[str, ...]
    frontends: Mapping[str, ModelFrontend]
    """Of the models that have one, by their names in C."""


@dataclass(frozen=True)
class _Context(_Common):
    """Variables of a project's own templates."""

    runtime: str
    optimize: str
    options: Options
    """Of platformio.ini, beside those of every project."""
    application: bool
    sensor: int
    """The kind of sensor as mcu_sensor.h numbers it; 0: none."""
    own_platform: bool
    mlperf: Benchmark | None
    observer: ObserverSizes | None


def _project_files(
    models: Sequence[Model],
    board: Board,
    runtime: Runtime,
    contribution: Contribution,
    extras: Extras,
) -> Iterator[tuple[str, bytes]]:
    options, application = contribution.platformio_options, extras.application
    board = board_of(application, board)
    context = _Context(
        board=board,
        models=tuple(models),
        toolkit_version=__version__,
        banner=banner_lines(models),
        frontends=model_frontends(models, names_in_code(models)),
        runtime=runtime.name,
        optimize=contribution.optimize,
        options=with_sensor_options(extras.sensor, board, options),
        application=application is not None,
        sensor=1 + SENSOR_KINDS.index(extras.sensor) if extras.sensor else 0,
        own_platform=board.platformio.is_own,
        mlperf=extras.benchmark,
        observer=observer_sizes(models, board, contribution.arena_bytes) if extras.observer else None,
    )
    yield "platformio.ini", rendered_file("common/platformio.ini.j2", context)
    yield "src/firmware_config.h", rendered_file("common/src/firmware_config.h.j2", context)
    yield from (item for item in _conversation_files(board, context, extras.benchmark) if not (item[0] == _MAIN and has_own_main(board)))
    yield from platform_files(board, context, own=context.own_platform)
    yield from contributed_files(models, board, contribution)
    if application is not None:
        yield from generated_files(application, context)
        if application.example in SENSING:
            senses, microphone = application.example, application.microphone
            sensing = Listening(models, names_in_code(models), application.labels, senses, microphone, contribution.idle)
            yield from listener_files(sensing, board, Banner.of(models))
    yield from sensor_files(extras.sensor, board)
    for number, model in enumerate(models):
        yield _model_file(number, model.name), model.content


def _conversation_files(board: Board, context: _Context, benchmark: Benchmark | None) -> Iterator[tuple[str, bytes]]:
    """main(), and what answers the host: the toolkit's own protocol, or that of a benchmark."""
    common = copied_sources("common/src", board)
    if benchmark is None:
        yield "src/protocol_ids.h", render_ids_header().encode()
        yield from common
        return
    yield from ((name, content) for name, content in common if name in _WITHOUT_PROTOCOL)
    yield from benchmark_files(benchmark, board, context)


def contributed_files(
    models: Sequence[Model], board: Board, contribution: Contribution, folder: str = "src/"
) -> Iterator[tuple[str, bytes]]:
    """The files of a runtime, and what makes the models' inputs, in `folder`: (path in the project, content)."""
    names = names_in_code(models)
    yield from _runtimes_files(models, board, contribution, model_frontends(models, names))
    for texts in (preprocess_headers, model_frontend_sources):
        for name, text in texts(models, names).items():
            yield f"{folder}{name}", text.encode()


def _runtimes_files(
    models: Sequence[Model], board: Board, contribution: Contribution, frontends: Mapping[str, ModelFrontend]
) -> Iterator[tuple[str, bytes]]:
    common = _Common(board, tuple(models), __version__, banner_lines(models), frontends)
    for copied in contribution.copied:
        yield copied.target, read_bytes(templates_dir() / copied.source, kind="template")
    for rendered in contribution.rendered:
        yield rendered.target, rendered_file(rendered.template, common, *([] if rendered.context is None else [rendered.context]))
