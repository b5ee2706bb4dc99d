"""Archives of others, and our own.  Files that unpack to more than they are: their size is asked before any of it is unpacked.

A few megabytes of a zip archive can become terabytes.  An archive lists the size of each member, and no more than that is ever
read from one; so the list is checked, and the rest is as large as it said.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

from mcu_toolkit.errors import InputError

MAX_BYTES_VARIABLE = "MCU_MAX_DATA_BYTES"
_MAX_DATA_BYTES = 1 << 30
_MAX_MEMBERS = 100_000
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first date that a zip archive can have (APPNOTE.TXT, 4.4.6)."""
_UNIX = 3
"""What external attributes are of (APPNOTE.TXT, 4.4.2)."""
_REGULAR_FILE = 0o100644


def max_data_bytes() -> int:
    """How much memory the content of one file may take: $MCU_MAX_DATA_BYTES, else 1 GiB."""
    given = os.environ.get(MAX_BYTES_VARIABLE, "")
    if given and not given.isdecimal():
        raise InputError(f"'{given}' is not a number of bytes", on=MAX_BYTES_VARIABLE, expected="a whole number")
    return int(given) if given else _MAX_DATA_BYTES


def refuse_larger(size_bytes: int, what: str, path: Path) -> None:
    """Raise InputError where `what` of the file `path` takes more than `max_data_bytes()`."""
    if size_bytes > max_data_bytes():
        raise InputError(
            f"{what} takes {size_bytes:,} bytes of memory",
            on=path,
            expected=f"at most {max_data_bytes():,} bytes",
            hint=f"fewer samples; or, if the file is your own, a larger {MAX_BYTES_VARIABLE}",
        )


def refuse_large_file(path: Path, kind: str) -> None:
    """Raise InputError for what is no regular file, or larger than `max_data_bytes()`; nothing for a file that is missing."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise InputError("is not a regular file", on=path, expected=f"a {kind}")
    if path.is_file():
        refuse_larger(path.stat().st_size, f"the {kind}", path)


def refuse_archive_bomb(path: Path) -> None:
    """Raise InputError for a zip archive (a .keras file) that unpacks to more than `max_data_bytes()`; nothing for other files."""
    if not path.is_file() or not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise InputError(f"is a damaged archive: {error}", on=path) from None
    if len(members) > _MAX_MEMBERS:
        raise InputError(f"holds {len(members):,} members", on=path, expected=f"at most {_MAX_MEMBERS:,}")
    refuse_larger(sum(member.file_size for member in members), "what it unpacks to", path)


def read_member(archive: zipfile.ZipFile, member: str | zipfile.ZipInfo, limit_bytes: int) -> bytes:
    """The content of a member; raises ValueError, before anything is unpacked, where that is more than `limit_bytes`."""
    info = member if isinstance(member, zipfile.ZipInfo) else archive.getinfo(member)
    if info.file_size > limit_bytes:
        raise ValueError(f"its member {info.filename!r} unpacks to {info.file_size:,} bytes, more than {limit_bytes:,}")
    return archive.read(info)


def stored_zip(files: Mapping[str, bytes]) -> bytes:
    """A zip archive of `files`, content by name: the same files give the same bytes, on any machine and day.

    Nothing is compressed, since versions of zlib differ in what they write.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(files.items()):
            member = zipfile.ZipInfo(name, date_time=_ZIP_EPOCH)
            member.create_system = _UNIX
            member.external_attr = _REGULAR_FILE << 16
            archive.writestr(member, content)
    return buffer.getvalue()
