"""Whose files are these?  What another user of this machine could have written is neither obeyed, run nor written to."""

from __future__ import annotations

import contextlib
import importlib  # grp and pwd exist on Unix only
import os
import stat
from pathlib import Path

from mcu_toolkit.errors import InputError

_ROOT = 0
_OTHERS_WRITE, _GROUP_WRITES = stat.S_IWOTH, stat.S_IWGRP
_PRIVATE = 0o700
PRIVATE_FILE = 0o600
"""Mode of a file that nobody else may read: whoever can open a lock can hold it."""


def doubt_about(path: Path) -> str | None:
    """Why `path` is not to be trusted: `belongs to user 1001`, `can be written by every user`; None where it is ours or root's.

    A link counts with what it leads to: both must be trusted.  None as well where the system has no owners of files (Windows),
    and for what does not exist.
    """
    if not hasattr(os, "geteuid"):
        return None
    try:
        found = {path.lstat(), path.stat()}
    except OSError:
        return None
    for facts in found:
        doubt = _doubt(facts)
        if doubt is not None:
            return doubt
    return None


def _doubt(facts: os.stat_result) -> str | None:
    if facts.st_uid not in (os.geteuid(), _ROOT):
        return f"belongs to another user ({_user_name(facts.st_uid)})"
    if stat.S_ISLNK(facts.st_mode):
        return None  # everybody may write a link by its mode, and nobody can
    if facts.st_mode & _OTHERS_WRITE:
        return "can be written by every user"
    if facts.st_mode & _GROUP_WRITES and not _is_private_group(facts.st_gid, facts.st_uid):
        return f"can be written by the group {_group_name(facts.st_gid)}"
    return None


def private_folder(path: Path, *, hint: str) -> Path:
    """Make `path` where it is missing, and see to it that nobody else can look into it; returns it.

    Raises InputError, with `hint`, where it is a link, belongs to somebody else, or cannot be made.  Its parent is made with
    the same mode.
    """
    try:
        path.parent.mkdir(_PRIVATE, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            path.mkdir(_PRIVATE)
        facts = path.lstat()
    except OSError as error:
        raise InputError(f"folder cannot be made: {error.strerror}", on=path, hint=hint) from None
    if not stat.S_ISDIR(facts.st_mode):
        what = "is a link" if stat.S_ISLNK(facts.st_mode) else "is not a folder"
        raise InputError(what, on=path, expected="your own folder", hint=f"remove it; or {hint}")
    if not hasattr(os, "geteuid"):
        return path
    if facts.st_uid != os.geteuid():
        raise InputError(
            f"belongs to another user ({_user_name(facts.st_uid)})",
            on=path,
            expected="your own folder: it holds programs",
            hint=hint,
        )
    if facts.st_mode & 0o077:
        with contextlib.suppress(OSError):  # of a file system without modes
            path.chmod(_PRIVATE)
    return path


def require_trusted(path: Path, *, hint: str) -> None:
    """Raise InputError, with `hint`, where somebody else could have written what is at `path`."""
    doubt = doubt_about(path)
    if doubt is not None:
        raise InputError(doubt, on=path, expected="a file or folder that only you or root can write", hint=hint)


def _is_private_group(group: int, user: int) -> bool:
    """True for a group that has only this user, as most systems make one for each: then its right to write says nothing."""
    with contextlib.suppress(ImportError, KeyError):
        account, members = importlib.import_module("pwd").getpwuid(user), importlib.import_module("grp").getgrgid(group)
        name = account.pw_name
        return bool(account.pw_gid == group and members.gr_name == name and set(members.gr_mem) <= {name})
    return False


def _user_name(number: int) -> str:
    with contextlib.suppress(ImportError, KeyError):
        return str(importlib.import_module("pwd").getpwuid(number).pw_name)
    return f"user {number}"


def _group_name(number: int) -> str:
    with contextlib.suppress(ImportError, KeyError):
        return str(importlib.import_module("grp").getgrgid(number).gr_name)
    return str(number)
