"""What a generated folder says of itself, in JSON: a project's `mcu-project.json`, an export's `mcu-export.json`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mcu_toolkit.artifacts import FirmwareInfo
from mcu_toolkit.artifacts.compiled_model_json import read_firmware_info
from mcu_toolkit.boards import Board
from mcu_toolkit.firmware import MANIFEST
from mcu_toolkit.firmware.application import KeptApplication
from mcu_toolkit.firmware.generated_folder import GeneratedFolder
from mcu_toolkit.model import Model
from mcu_toolkit.runtimes.base import Runtime
from mcu_toolkit.system.json_table import JsonTable
from mcu_toolkit.system.records import INLINE, named
from mcu_toolkit.version import __version__

_PLAIN_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,30}")


@dataclass(frozen=True)
class NamedModel:
    """A model, by its name and the hash of its file."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Origin:
    """Where generated files come from."""

    toolkit: str
    """The version that made them."""
    board: str
    runtime: str
    models: tuple[NamedModel, ...]
    arena_bytes: int

    @classmethod
    def of(cls, models: Sequence[Model], board: Board, runtime: Runtime, arena_bytes: int) -> Origin:
        """Made now."""
        return cls(__version__, board.id, runtime.name, tuple(NamedModel(model.name, model.sha256) for model in models), arena_bytes)


@dataclass(frozen=True)
class ProjectManifest:
    """Of a project."""

    origin: Origin = field(metadata=INLINE)
    info: FirmwareInfo = field(metadata=named("facts"))
    application: KeptApplication | None = None


@dataclass(frozen=True)
class ExportManifest:
    """Of an export."""

    origin: Origin = field(metadata=INLINE)
    library: bool
    """Whether PlatformIO takes it as a library: what older versions of the toolkit read."""
    format: str = ""
    """The build system it is for, as in `--as`; empty where an older version did not say."""


def read_project_manifest(table: JsonTable) -> ProjectManifest:
    """Raises ValueError where models are unnamed, or board or runtime have names that cannot be parts of paths."""
    origin = _origin(table)
    if not all(_PLAIN_NAME.fullmatch(name) for name in (origin.board, origin.runtime)):
        raise ValueError("the board or the runtime is not a plain name")
    application = KeptApplication.read(table.table("application")) if table.is_table("application") else None
    return ProjectManifest(origin, read_firmware_info(table.table("facts")), application)


def project_files(path: Path) -> GeneratedFolder[ProjectManifest]:
    """A project as a folder of generated files."""
    return GeneratedFolder(path, MANIFEST, "project", read_project_manifest)


def read_export_manifest(table: JsonTable) -> ExportManifest:
    """Raises ValueError where it does not say whether it is a library."""
    return ExportManifest(_origin(table), table.required("library", bool), table.get("format", ""))


def _origin(table: JsonTable) -> Origin:
    models = tuple(NamedModel(model.required("name", str), model.required("sha256", str)) for model in table.tables("models"))
    if "models" not in table:
        raise ValueError("it names no models")
    return Origin(
        toolkit=table.get("toolkit", ""),
        board=table.required("board", str),
        runtime=table.required("runtime", str),
        models=models,
        arena_bytes=table.get("arena_bytes", 0),
    )
