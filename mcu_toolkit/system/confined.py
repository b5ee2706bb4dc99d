"""Writing below a folder and nowhere else: names that lead out of it are refused, and so are links in it that do.

What a folder holds may come from a stranger: a link in it must not make us write over what it points to.
"""

from __future__ import annotations

from pathlib import Path

from mcu_toolkit.errors import InputError
from mcu_toolkit.system.files import link_target, write_bytes_if_changed
from mcu_toolkit.system.sinks import relative_name


def path_inside(folder: Path, name: str) -> Path:
    """`folder / name`, which may be written or removed; `folder` itself may be a link.

    Raises InputError where the name leads out of the folder, where a link on the way does, and where the file is a link.
    """
    path = folder / relative_name(name)
    refuse_links(folder, path)
    return path


def refuse_links(folder: Path, path: Path) -> None:
    """Raise InputError where `path`, which is below `folder`, is a link or a folder, or a link on the way leads out of `folder`."""
    if path.is_symlink():
        raise _refused(path, "a regular file, or none")
    for parent in path.parents:
        if parent == folder:
            break
        if parent.is_symlink() and not _leads_into(parent, folder):
            raise _refused(parent, "a folder")
        if parent.exists() and not parent.is_dir():
            raise InputError("is not a folder", on=parent, expected="a folder", hint="remove it, or choose another folder with -o")
    if path.is_dir():
        raise InputError("is a folder", on=path, expected="a file, or none", hint="remove it, or choose another folder with -o")


def folder_inside(folder: Path, name: str) -> Path:
    """`folder / name` as a folder to work in; raises InputError where it, or one on the way, is a link that leads out."""
    path = folder / relative_name(name)
    refuse_links(folder, path / "file")
    return path


def write_inside(folder: Path, name: str, content: bytes) -> bool:
    """Write `content` to `folder / name`, whole or not at all, unless it is there already (True if written); see `path_inside`."""
    return write_bytes_if_changed(path_inside(folder, name), content)


def _leads_into(link: Path, folder: Path) -> bool:
    target = link_target(link)
    return target is not None and target.is_relative_to(folder.resolve())


def _refused(path: Path, expected: str) -> InputError:
    return InputError("is a link, which would be followed", on=path, expected=expected, hint="remove it, or choose another folder with -o")
