"""The folders of ours that belong to the user who runs us: state and cache.

Both hold what is run or loaded (images, libraries, locks), so nobody else may write to them: they are made for this user
alone (0700), and one that belongs to somebody else is refused.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from mcu_toolkit.system.ownership import private_folder, require_trusted

STATE_VARIABLE, CACHE_VARIABLE = "MCU_STATE_DIR", "MCU_CACHE_DIR"


def state_dir() -> Path:
    """The folder with one folder for each emulated board: $MCU_STATE_DIR, else the user's state folder.  It need not exist."""
    given = os.environ.get(STATE_VARIABLE)
    return Path(given).absolute() if given else platformdirs.user_state_path("mcu-toolkit", appauthor=False)


def cache_dir() -> Path:
    """Where we keep what can be made again: $MCU_CACHE_DIR, else the user's cache folder.  It need not exist."""
    given = os.environ.get(CACHE_VARIABLE)
    return Path(given).absolute() if given else platformdirs.user_cache_path("mcu-toolkit", appauthor=False)


def private_state(*parts: str) -> Path:
    """The folder `parts` below the state folder, made for this user alone; raises InputError where it cannot be."""
    return _private(state_dir(), parts, STATE_VARIABLE)


def private_cache(*parts: str) -> Path:
    """The folder `parts` below the cache folder, made for this user alone; raises InputError where it cannot be."""
    return _private(cache_dir(), parts, CACHE_VARIABLE)


def _private(base: Path, parts: tuple[str, ...], variable: str) -> Path:
    hint = f"set {variable} to your own folder"
    if not base.exists():
        private_folder(base, hint=hint)
    require_trusted(base, hint=hint)  # one that was given may be readable by others, as a home folder is
    folder = base
    for part in parts:
        folder = private_folder(folder / part, hint=hint)
    return folder
