"""Several files and folders become visible together, or none of them does."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from mcu_toolkit.errors import InputError, ToolError
from mcu_toolkit.system.files import make_folder


@contextlib.contextmanager
def publishing(folder: Path, names: Sequence[str]) -> Iterator[Path]:
    """Yield an empty work folder inside `folder`; on success move `names` from it into `folder`, always remove it.

    The last name is the seal: its old version goes first and its new one comes last, so that a folder with the seal is
    complete even if the machine stops in between.  Files in `folder` with other names are left alone.
    Raises InputError where `folder` cannot be made or written, ToolError where the disk is full.
    """
    existed = folder.exists()
    make_folder(folder)
    try:
        work = Path(tempfile.mkdtemp(prefix=".unfinished.", dir=folder))
    except OSError as error:
        raise InputError(f"folder cannot be written: {error.strerror}", on=folder, hint="choose another folder") from None
    try:
        yield work
        _move_all(work, folder, names)
    except OSError as error:
        raise ToolError(f"cannot be written: {error.strerror or error}", on=folder, hint="free space or choose another folder") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
        if not existed:
            with contextlib.suppress(OSError):  # not empty: it has the result
                folder.rmdir()


def _move_all(work: Path, folder: Path, names: Sequence[str]) -> None:
    seal = names[-1]
    (folder / seal).unlink(missing_ok=True)
    old = work / ".old"
    old.mkdir()
    for name in names:
        # A folder cannot be renamed over a folder with content; what was there is put aside and removed with `work`.
        if (folder / name).exists():
            (folder / name).rename(old / name)
        (work / name).rename(folder / name)
