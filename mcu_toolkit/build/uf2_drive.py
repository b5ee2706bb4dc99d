"""Boards whose boot loader is a drive: the image is copied there (UF2: github.com/microsoft/uf2, "Files exposed by bootloaders")."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from mcu_toolkit.errors import DeviceError

_ABOUT: Final = "INFO_UF2.TXT"
_ABOUT_BYTES_MAX: Final = 4096
_MOUNTS: Final = ("/media/*/*", "/media/*", "/run/media/*/*", "/Volumes/*")
"""Where desktops mount drives: udisks on Linux, macOS."""


def mounted_drives() -> tuple[Path, ...]:
    """What is mounted where desktops mount drives."""
    return tuple(found for pattern in _MOUNTS for found in sorted(Path("/").glob(pattern.lstrip("/"))) if found.is_dir())


def find_drive(board_id_word: str, drives: Sequence[Path], *, on: object) -> Path:
    """The one of `drives` whose INFO_UF2.TXT says a `Board-ID` with that word; raises DeviceError where there is not exactly one."""
    found = [drive for drive in drives if board_id_word in _board_id(drive)]
    if len(found) != 1:
        raise DeviceError(
            f"{len(found) or 'no'} drives of boot loaders with the Board-ID {board_id_word} are mounted",
            on=on,
            expected="one board in its boot loader, its drive mounted",
            hint="hold BOOTSEL while you plug the board in; look whether its drive appears",
        )
    return found[0]


def _board_id(drive: Path) -> str:
    try:
        with (drive / _ABOUT).open("rb") as stream:
            text = stream.read(_ABOUT_BYTES_MAX).decode("utf-8", "replace")
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in text.splitlines() if line.lower().startswith("board-id:")), "")


def copy_to_drive(image: Path, drive: Path) -> None:
    """Copy a .uf2 file; the board restarts with it as soon as it has all of it.  Raises DeviceError where it does not take it."""
    try:
        with image.open("rb") as source, (drive / image.name).open("wb") as target:
            shutil.copyfileobj(source, target)
            target.flush()
            os.fsync(target.fileno())
    except OSError as error:
        raise DeviceError(
            f"the drive did not take the image: {error.strerror}", on=drive, hint="reset the board into its boot loader"
        ) from None
