"""Checks that the board runs the image of this project, by the build id that the firmware reports in HELLO (docs/protocol.md)."""

from __future__ import annotations

from mcu_toolkit.artifacts import FirmwareProject
from mcu_toolkit.build import elf_path
from mcu_toolkit.errors import DeviceError
from mcu_toolkit.firmware import project_build_id, written_build_id
from mcu_toolkit.pipeline.firmware import linked_libraries
from mcu_toolkit.pipeline.workspace.up_to_date import CACHE_FOLDER
from mcu_toolkit.runners import DeviceRunner
from mcu_toolkit.system.sinks import shell_command

OBSERVED = f"{CACHE_FOLDER}/observed"
"""In a project: the one that `mcu verify --per-layer` makes of it, with the tensor observer."""


def require_built(project: FirmwareProject) -> None:
    """Raise DeviceError where `project` was never built: whatever a board runs then, it was not put there from here."""
    if not elf_path(project).is_file():
        raise DeviceError(
            "the project was never built, so no board runs its image",
            on=project.folder,
            expected=f"an image, {elf_path(project)}",
            hint=shell_command("mcu", "flash", project.folder),
        )


def check_image(project: FirmwareProject, runner: DeviceRunner, port: str) -> bool:
    """True if the firmware behind `port` is the image of `project` as it is now, False where neither of them has a build id.

    Raises DeviceError, naming both build ids, where it is another image.
    """
    own = project_build_id(project.folder, linked_libraries(project))
    if own is None and runner.build_id is None:
        return False
    observed = written_build_id(project.folder / OBSERVED) if runner.has_observer else None
    if runner.build_id is not None and runner.build_id in (own, observed):
        return True
    raise DeviceError(
        f"the board runs another image: {_named(runner.build_id)}, made by toolkit {runner.toolkit}",
        on=port,
        expected=f"{_named(own)}, that of {project.folder} as it is now",
        hint=f"{shell_command('mcu', 'flash', project.folder)} builds what changed and puts it on the board",
    )


def _named(build_id: str | None) -> str:
    return "one without a build id" if build_id is None else f"build {build_id}"
