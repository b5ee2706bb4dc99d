"""Generated code for the user's own projects: a folder that works alone, or one that drops into a build system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.artifacts import CompiledModelInfo
from mcu_toolkit.boards import Board
from mcu_toolkit.errors import InputError
from mcu_toolkit.firmware.collisions import files_by_name, refuse_shared_symbols
from mcu_toolkit.firmware.generated_folder import GeneratedFolder
from mcu_toolkit.firmware.manifest import ExportManifest, Origin, read_export_manifest
from mcu_toolkit.firmware.project import IGNORED, contributed_files, names_in_code
from mcu_toolkit.model import Model
from mcu_toolkit.runtimes import runtime_with
from mcu_toolkit.runtimes.base import PLAIN_EXPORT, ExportForm, ExportsSources, Runtime
from mcu_toolkit.system.archives import stored_zip
from mcu_toolkit.system.sinks import platformio_folder

EXPORT_MANIFEST = "mcu-export.json"


@dataclass(frozen=True)
class Export:
    """What was exported: the folder, its files by name, and each model."""

    folder: Path
    files: tuple[str, ...]
    arena_bytes: int
    models: tuple[CompiledModelInfo, ...]


def export_folder(
    models: Sequence[Model],
    board: Board,
    runtime: Runtime,
    folder: Path,
    form: ExportForm = PLAIN_EXPORT,
    *,
    overwrite: bool = False,
) -> Export:
    """Write the code of `models` into `folder` (new, empty, or an export of ours); the same models give the same bytes.

    Raises InputError where `runtime` has no code to export, where the folder holds something else, or (unless `overwrite`)
    files that were edited since; UnsupportedModelError where the runtime refuses a model.  Then nothing is written.
    """
    if not isinstance(runtime, ExportsSources):
        raise InputError(
            f"the {runtime.name} runtime has no code to export",
            expected=f"--runtime {runtime_with(lambda one: isinstance(one, ExportsSources)).name}",
            hint="mcu header writes the model as a C array for your own interpreter",
        )
    if form.format.in_platformio:
        platformio_folder(folder)
    contribution = runtime.export(models, board, form)
    files = files_by_name(contributed_files(models, board, contribution, form.format.sources))
    manifest = ExportManifest(Origin.of(models, board, runtime, contribution.arena_bytes), form.format.in_platformio, form.format.name)
    refuse_shared_symbols(files, names_in_code(models))
    if contribution.archive:
        files[contribution.archive] = stored_zip(files)
    users = {".gitignore": IGNORED + "".join(f"{line}\n" for line in form.format.ignored).encode()} if form.format.ignored else {}
    GeneratedFolder(folder, EXPORT_MANIFEST, "export", read_export_manifest).write(files, manifest, overwrite=overwrite, users=users)
    return Export(folder, tuple(sorted((*files, *users))), contribution.arena_bytes, contribution.info.compiled_models)
