"""Running PlatformIO: quietly, offline where possible, and with its output kept."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import filelock

from mcu_toolkit.build.core_dir import prepare_core_dir
from mcu_toolkit.build.libraries import library_specifications
from mcu_toolkit.system import network
from mcu_toolkit.system.files import make_folder, write_text
from mcu_toolkit.system.ownership import PRIVATE_FILE
from mcu_toolkit.system.process import Completed, run
from mcu_toolkit.system.sinks import platformio_folder
from mcu_toolkit.system.user_folders import private_cache

LOG_NAME = ".pio/mcu-build.log"
"""In the project; holds the whole output of the last run."""

_HARMLESS = ("PLATFORMIO_SETTING_", "PLATFORMIO_DISABLE_", "PLATFORMIO_AUTH_TOKEN", "PLATFORMIO_CALLER", "PLATFORMIO_SYSTEM_TYPE")
"""Beginnings of PlatformIO's variables that change neither what is built nor where.  Of the others some compile code of
another place or run a script, and the folders are written to and cleaned."""
_JOBS = "2"
_TIMEOUT_S = 3600.0  # a vendor's compiler may have to be downloaded first


def run_pio(
    project: Path, arguments: Sequence[str], *, on_line: Callable[[str], None] | None = None, env: Mapping[str, str] | None = None
) -> Completed:
    """`pio run -d project ARGUMENTS` to its end, whatever its exit code; the output is also written to LOG_NAME.

    `env` adds to the environment, of which PlatformIO gets nothing that changes what is built.
    Two runs for one project wait for each other.  Raises ToolError if PlatformIO cannot
    be started or prepared, InputError where it cannot build in a folder of that name.
    """
    environment = {
        "PLATFORMIO_CORE_DIR": str(prepare_core_dir()),
        "PLATFORMIO_SETTING_ENABLE_TELEMETRY": "no",
        "PLATFORMIO_DISABLE_UPGRADE_CHECK": "true",
        "PLATFORMIO_NO_ANSI": "true",
        "PYTHONUNBUFFERED": "1",
        **network.environment(),
        **(env or {}),
    }
    if library_specifications(project):  # compiled once for all projects of a board: hundreds of files
        environment["PLATFORMIO_BUILD_CACHE_DIR"] = str(private_cache("objects"))
    command = [sys.executable, "-m", "platformio", "run", "-d", str(platformio_folder(project).absolute()), "-j", _JOBS, *arguments]
    log = project / LOG_NAME
    with filelock.FileLock(make_folder(log.parent) / "mcu.lock", mode=PRIVATE_FILE):
        completed = run(command, env=environment, without=_changes_builds, timeout_s=_TIMEOUT_S, on_line=on_line)
        log.unlink(missing_ok=True)  # a link that came with the project is not to be followed
        write_text(log, completed.output)
    return completed


def _changes_builds(variable: str) -> bool:
    """True for a variable of the user's shell by which PlatformIO or SCons would build something else, or elsewhere."""
    name = variable.upper()  # on Windows the case means nothing
    return name == "SCONSFLAGS" or (name.startswith("PLATFORMIO_") and not name.startswith(_HARMLESS))
