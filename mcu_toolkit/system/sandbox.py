"""Models come from strangers: what loads or runs one is a process that can write to one folder only and has no network.

`confined(command, folder)` is a command line for such a process; sandbox_launcher.py says how it is done.
"""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, cast, get_args

from mcu_toolkit.errors import InputError
from mcu_toolkit.system import sandbox_launcher

Protection = Literal["landlock", "namespace", "none"]
CHOICE_VARIABLE = "MCU_SANDBOX"
"""Names the protection to use instead of the best one there is."""
IN_FORCE_VARIABLE = "MCU_SANDBOX_IN_FORCE"
"""Tells a confined process what confines it."""
_LAUNCHER = Path(sandbox_launcher.__file__)
_PROBE_TIMEOUT_S = 20.0
_TEXTS: dict[Protection, str] = {
    "landlock": "in a process that can write to a temporary folder only and has no network (Landlock)",
    "namespace": "in a process that can write to a temporary folder only and has no network (a user namespace)",
    "none": "unconfined: this machine has neither Landlock nor user namespaces; operators that touch files or run Python were looked for",
}
_FOLDERS_OF_LIBRARIES = ("TMPDIR", "KERAS_HOME", "XDG_CACHE_HOME", "MPLCONFIGDIR", "NUMBA_CACHE_DIR", "TORCH_HOME", "HF_HOME")
"""Variables that name folders which libraries write to."""


@functools.cache
def protection() -> Protection:
    """The protection in force on this machine; decided once a process.  Raises InputError where $MCU_SANDBOX names one that it lacks."""
    chosen = os.environ.get(CHOICE_VARIABLE, "")
    if chosen and chosen not in get_args(Protection):
        raise InputError(f"'{chosen}' is no protection", on=CHOICE_VARIABLE, expected=" or ".join(get_args(Protection)))
    candidates: tuple[Protection, ...] = (cast("Protection", chosen),) if chosen else get_args(Protection)
    found: Protection | None = next((name for name in candidates if _works(name)), None)
    if found is None:
        raise InputError(f"this machine does not have the protection '{chosen}'", on=CHOICE_VARIABLE, hint="leave it unset")
    return found


def protection_text() -> str:
    """How models are loaded here, for the user: `in a process that ...`."""
    return _TEXTS[protection()]


def confined(command: Sequence[str | Path], folder: Path | None) -> list[str | Path]:
    """`command` as a process that can write to `folder` only (None: nowhere) and has no network; as it is where that is impossible."""
    method = protection()
    if method == "none":
        return list(command)
    return [sys.executable, "-I", "-S", _LAUNCHER, method, "" if folder is None else folder, *command]


def environment(folder: Path | None) -> dict[str, str]:
    """What to add to the environment of a confined process: its libraries write to `folder`, too."""
    named = {} if folder is None else dict.fromkeys(_FOLDERS_OF_LIBRARIES, str(folder))
    return {**named, "PYTHONDONTWRITEBYTECODE": "1", IN_FORCE_VARIABLE: protection()}


def is_confined() -> bool:
    """True in a process that was started confined."""
    return os.environ.get(IN_FORCE_VARIABLE, "none") != "none"


def _works(name: Protection) -> bool:
    if name == "none":
        return True
    if name == "landlock" and sandbox_launcher.landlock_abi() < sandbox_launcher.LANDLOCK_ABI_MIN:
        return False
    # Whether it is allowed here (a container's own filter may forbid it) is known only by trying.
    command: list[str | Path] = [sys.executable, "-I", "-S", _LAUNCHER, name, "", sys.executable, "-I", "-S", "-c", ""]
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PROBE_TIMEOUT_S, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
