"""Files are written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from mcu_toolkit.errors import InputError, ToolError

MAX_FILE_BYTES = (1 << 30) + 1
"""More than any file that is read as a whole may have; one without an end (/dev/zero) is broken off there."""


def sha256_hex(data: bytes) -> str:
    """The SHA-256 of `data`, 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def read_bytes(path: Path, *, kind: str = "file") -> bytes:
    """The content of `path`; raises InputError naming the path where it cannot be read."""
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise _read_error(error, path, kind) from None
    if len(content) > MAX_FILE_BYTES:
        raise InputError(f"is larger than {MAX_FILE_BYTES:,} bytes", on=path, expected=f"a {kind}")
    return content


def require_file(path: Path, *, kind: str = "file") -> None:
    """Raise what `read_bytes` raises where `path` is missing, is a folder or may not be read."""
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise _read_error(error, path, kind) from None


def _read_error(error: OSError, path: Path, kind: str) -> InputError:
    if isinstance(error, FileNotFoundError):
        return InputError(f"{kind} not found", on=path, hint="check the path")
    if isinstance(error, IsADirectoryError):
        return InputError("is a folder", on=path, expected=f"a {kind}")
    return InputError(f"{kind} cannot be read: {error.strerror}", on=path)


def make_folder(path: Path) -> Path:
    """Create `path` and its parents; raises InputError where that is not possible."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise InputError("is not a folder", on=path, expected="a folder, or a name that is free") from None
    except OSError as error:
        raise InputError(f"folder cannot be made: {error.strerror}", on=path, hint="choose another folder") from None
    return path


@contextlib.contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it is synced and renamed to `path`, otherwise removed.

    A link is followed.  What exists and is no regular file (a terminal, a pipe) is written to, not replaced.
    Raises ToolError (disk full, I/O error) or InputError (folder missing or read-only); `path` is then as before.
    """
    path = _target(path)
    make_folder(path.parent)
    if path.exists() and not path.is_file():
        with temporary_folder() as folder:
            yield folder / "content"
            _copy_into(folder / "content", path)
        return
    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        temporary = Path(name)
        os.close(handle)
        yield temporary
        _sync_and_rename(temporary, path)
    except OSError as error:
        raise write_error(error, path) from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def link_target(link: Path) -> Path | None:
    """Where a link leads, whether anything is there or not; None for one that leads to itself."""
    try:
        target = link.resolve()
    except (OSError, RuntimeError):  # RuntimeError: before Python 3.13, which leaves such a link as it is
        return None
    return None if target.is_symlink() else target


def _target(path: Path) -> Path:
    """What `path` leads to; raises InputError for a folder and for a name no file can have."""
    if "\0" in str(path):
        raise InputError("is not a file name", on=repr(str(path)), hint="choose another")
    target = link_target(path) if path.is_symlink() else path
    if target is None:
        raise InputError("is a link that leads nowhere", on=path, hint="choose another name")
    if target.is_dir():
        raise InputError("is a folder", on=path, expected="a file name")
    return target


def _copy_into(source: Path, path: Path) -> None:
    try:
        with path.open("wb") as stream:
            stream.write(source.read_bytes())
    except OSError as error:
        raise write_error(error, path) from None


def write_error(error: OSError, path: Path) -> InputError | ToolError:
    """Our error for one met while writing to `path`: InputError where it may not be written, ToolError where it cannot."""
    if error.errno in (errno.EACCES, errno.EPERM):
        return InputError("cannot be written: permission denied", on=path, hint="choose another output folder")
    if error.errno == errno.EROFS:
        return InputError("cannot be written: the file system is read-only", on=path, hint="choose another output folder")
    return ToolError(f"cannot be written: {error.strerror or error}", on=path, hint="free space or choose another folder")


@contextlib.contextmanager
def temporary_folder(parent: Path | None = None) -> Iterator[Path]:
    """An empty folder that is gone when the block ends, however it ends; raises ToolError where there is no room for one.

    It is made in `parent`, else where temporary files belong on this machine.
    """
    try:
        folder = tempfile.TemporaryDirectory(prefix="mcu-", dir=parent)
    except OSError as error:
        raise no_temporary_folder(error) from None
    with folder as name:
        yield Path(name)


def no_temporary_folder(error: OSError) -> ToolError:
    """Our error where no temporary folder could be made."""
    return ToolError(f"no temporary folder can be made: {error.strerror}", hint="set TMPDIR to a folder with free space")


def _sync_and_rename(temporary: Path, path: Path) -> None:
    with temporary.open("rb+") as stream:
        os.fsync(stream.fileno())
    mask = os.umask(0)
    os.umask(mask)
    temporary.chmod(0o666 & ~mask)
    temporary.replace(path)


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` to `path`, whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 with Unix line ends to `path`, whole or not at all.

    Bytes of a file's name that are no UTF-8 are written as `\\udcff`, which is what JSON has for them.
    """
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_bytes_if_changed(path: Path, data: bytes) -> bool:
    """Like `write_bytes`, but leaves a file with the same content (and its time stamp) alone.  True if written."""
    if path.is_file() and path.read_bytes() == data:
        return False
    write_bytes(path, data)
    return True
