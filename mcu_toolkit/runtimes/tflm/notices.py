"""Notices of what others wrote, for firmware with TensorFlow Lite Micro in it: the licence texts of the copy that is linked."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.runtimes.tflm.library import Library
from mcu_toolkit.terminal_text import visible_line

NOTICES_FILE = "THIRD-PARTY-NOTICES.txt"
_NAME = re.compile(r"(?:LICEN[CS]E|COPYING|NOTICE)(?:[-.]\w+)*", re.IGNORECASE)
_MAX_FILES = 40
_MAX_FILE_BYTES = 64 * 1024
"""Of a licence text: Apache's has 11 KB."""
_MAX_DEPTH = 8


@dataclass(frozen=True)
class Notice:
    """A licence text of the library."""

    path: str
    """Within the library's folder."""
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Notices:
    """Variables of THIRD-PARTY-NOTICES.txt."""

    library_called: str
    notices: tuple[Notice, ...]
    """Empty where the library is not on this machine yet, and where it holds no licence text."""
    is_here: bool


def notices_of(library: Library) -> Notices:
    """What belongs to a product with `library` in it; a folder is named, and its place on this machine is not.

    Files that are no texts of usual size, and links, are left out: the folder is somebody else's.
    """
    if library.folder is None:
        return Notices(visible_line(library.called), (), is_here=False)
    found = tuple(_texts(library.folder))[:_MAX_FILES]
    return Notices(visible_line(library.folder.name), found, is_here=True)


def _texts(folder: Path) -> Iterator[Notice]:
    for here, folders, files in os.walk(folder):
        inside = Path(here).relative_to(folder)
        folders[:] = [] if len(inside.parts) >= _MAX_DEPTH else sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(here, name)
            if _NAME.fullmatch(name) and path.suffix not in {".c", ".cc", ".h", ".py"} and not path.is_symlink():
                yield from _text(path, (inside / name).as_posix())


def _text(path: Path, name: str) -> Iterator[Notice]:
    try:
        if not path.is_file() or path.stat().st_size > _MAX_FILE_BYTES:
            return
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    yield Notice(visible_line(name), tuple(visible_line(line.replace("\t", "    ")) for line in text.splitlines()))
