"""PlatformIO's core folder: made ready so that `pio run` needs no network and never stalls on one.

PlatformIO fetches SCons (its package `tool-scons`) from its registry at the first run and waits for a minute where
that cannot be reached.  The same SCons is on PyPI and installed beside us, so a missing package is made from it, and the
registry is asked only where SCons is not installed.
"""

from __future__ import annotations

import functools
import http
import os
import queue
import threading
import urllib.request
from importlib import metadata
from pathlib import Path

import filelock
from platformio import __registry_mirror_hosts__ as registry_hosts
from platformio.dependencies import get_core_dependencies

from mcu_toolkit.errors import InputError, ToolError
from mcu_toolkit.system import network
from mcu_toolkit.system.files import make_folder, write_text
from mcu_toolkit.system.json_text import json_text
from mcu_toolkit.system.ownership import PRIVATE_FILE, require_trusted
from mcu_toolkit.system.parsing import json_value
from mcu_toolkit.system.user_folders import cache_dir, private_cache

REGISTRY = "PlatformIO's registry"
REGISTRY_TIMEOUT_S = 2.0
"""How long the registry gets to answer; longer only delays those without a network."""

_SCONS_PACKAGE = "tool-scons"
_REGISTRY_URL = f"https://api.{{host}}/v3/packages/platformio/tool/{_SCONS_PACKAGE}"
_LOCK_TIMEOUT_S = 120.0

_SCONS_SCRIPT = '''\
"""Runs the SCons that is installed beside PlatformIO; made by mcu-toolkit, so that no registry need be asked for it."""

import sys

try:
    from SCons.Script import main
except ImportError:
    sys.exit("SCons is not installed for " + sys.executable + "; try: python -m pip install scons")
main()
'''


def core_dir() -> Path:
    """PlatformIO's core folder for our runs: $PLATFORMIO_CORE_DIR, else the user's own if this version of PlatformIO
    has used it (its downloaded compilers are there), else one of ours."""
    given = os.environ.get("PLATFORMIO_CORE_DIR")
    if given:
        return Path(given).absolute()
    version = metadata.version("platformio")
    own = Path.home() / ".platformio"
    if "MCU_CACHE_DIR" not in os.environ and _last_version(own) == version and _has_scons(own):
        return own
    # One for each version: a newer PlatformIO "upgrades" an older one's folder, over the network.
    return cache_dir() / f"platformio-{version}"


def prepare_core_dir() -> Path:
    """Make the core folder ready and return it; safe to call from several processes at once.

    Raises InputError where the folder cannot be written, ToolError where SCons cannot be had at all.
    """
    folder = core_dir()
    if folder.parent == cache_dir():
        private_cache(folder.name)
    require_trusted(folder, hint="set PLATFORMIO_CORE_DIR to your own folder: programs in it are run")
    if _has_scons(folder):
        return folder
    make_folder(folder)
    try:
        with filelock.FileLock(folder / ".mcu-toolkit.lock", timeout=_LOCK_TIMEOUT_S, mode=PRIVATE_FILE):
            if not _has_scons(folder) and (_installed_scons() is not None or not registry_answers()):
                _make_scons_package(folder)
            _welcome_silently(folder)
    except filelock.Timeout:
        raise ToolError("another process has been preparing PlatformIO's folder for minutes", on=folder, hint="remove it") from None
    except PermissionError:
        raise InputError("cannot be written: permission denied", on=folder, hint="set MCU_CACHE_DIR to another folder") from None
    return folder


@functools.cache
def registry_answers() -> bool:
    """True if PlatformIO's registry can supply packages now; asked once a process, decided within REGISTRY_TIMEOUT_S.

    The user gets a message; never a question where the user wants no network.
    """
    if network.is_offline():
        return False
    network.about_to_use(f"asking PlatformIO's registry, api.{registry_hosts[0]}")
    answers: queue.SimpleQueue[bool] = queue.SimpleQueue()
    # In a thread, because looking up a name cannot be given a time limit.
    threading.Thread(target=_ask_registry, args=(answers,), daemon=True).start()
    try:
        return answers.get(timeout=REGISTRY_TIMEOUT_S)
    except queue.Empty:
        return False


def _ask_registry(answers: queue.SimpleQueue[bool]) -> None:
    try:
        with urllib.request.urlopen(_REGISTRY_URL.format(host=registry_hosts[0]), timeout=REGISTRY_TIMEOUT_S) as reply:
            answers.put(reply.status == http.HTTPStatus.OK)
    except OSError:  # no name, no route, no answer, a proxy that refuses
        answers.put(False)


def _last_version(folder: Path) -> str | None:
    try:
        version = json_value((folder / "appstate.json").read_text(encoding="utf-8"))["last_version"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return str(version)


def _scons_version() -> str:
    """The version PlatformIO asks for, from a requirement such as `~4.41101.0`."""
    return str(get_core_dependencies()[_SCONS_PACKAGE]).lstrip("~^=")


def _has_scons(folder: Path) -> bool:
    """True if the package is there in a version PlatformIO takes (`~a.b.c`: the same a.b)."""
    try:
        found = str(json_value((folder / "packages" / _SCONS_PACKAGE / "package.json").read_text(encoding="utf-8"))["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return found.split(".")[:2] == _scons_version().split(".")[:2]


def _installed_scons() -> str | None:
    """The version of the SCons beside us."""
    try:
        return metadata.version("scons")
    except metadata.PackageNotFoundError:
        return None


def _make_scons_package(folder: Path) -> None:
    scons = _installed_scons()
    if scons is None:
        raise ToolError(
            f"SCons is not installed and {network.why_not(REGISTRY)}", hint="python -m pip install scons, or connect to the network"
        )
    package, version = folder / "packages" / _SCONS_PACKAGE, _scons_version()
    owner = {"owner": "platformio", "name": _SCONS_PACKAGE, "id": None, "requirements": None, "uri": None}
    write_text(package / "scons.py", _SCONS_SCRIPT)
    write_text(package / ".piopm", json_text({"type": "tool", "name": _SCONS_PACKAGE, "version": version, "spec": owner}, indent=None))
    write_text(package / ".piokeep", "")  # PlatformIO's clean-up leaves it alone
    # Last, because it is what shows that the package is complete.
    manifest = {"name": _SCONS_PACKAGE, "version": version, "description": f"SCons {scons} of the Python environment"}
    write_text(package / "package.json", json_text(manifest, indent=None))


def _welcome_silently(folder: Path) -> None:
    """Record the version, so that the first run neither greets nor takes a lock to remember that it did."""
    state = folder / "appstate.json"
    if not state.exists():
        write_text(state, json_text({"last_version": metadata.version("platformio")}, indent=None))
