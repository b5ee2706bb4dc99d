"""A user's folder with a sub-folder of files for each class: what is in it, and what is wrong with it, file by file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from mcu_toolkit.errors import InputError
from mcu_toolkit.system.archives import refuse_large_file
from mcu_toolkit.system.files import link_target, read_bytes, sha256_hex

_MAX_FILES, _MAX_CLASSES = 200_000, 1_000
_NAMED = 10
"""Files that a message names before it counts."""
_OF_OTHER_PROGRAMS = frozenset({"thumbs.db", "desktop.ini"})
"""What Windows leaves in folders; names that begin with a dot are left aside too."""
T = TypeVar("T")


@dataclass(frozen=True)
class FileKind:
    """What the files of a folder should be, and how messages call them."""

    noun: str
    """One of them: `picture`."""
    suffixes: tuple[str, ...]
    fewest: int
    """Files that a class needs."""
    enough: str = ""
    """How many make a useful model, for the message about too few."""
    fewest_classes: int = 2
    no_classes: frozenset[str] = frozenset()
    """Names of sub-folders that are no classes."""

    @property
    def endings(self) -> str:
        """`.a, .b or .c`."""
        shown = [suffix for suffix in self.suffixes if suffix != ".jpeg"]
        return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"

    @property
    def folder(self) -> str:
        """What a folder of them should be."""
        return f"a folder with a sub-folder of {self.noun}s ({', '.join(s for s in self.suffixes if s != '.jpeg')}) for each class"


@dataclass(frozen=True)
class Skipped:
    """A file that is left out, and why."""

    file: str
    why: str


@dataclass(frozen=True)
class Listing:
    """The files of a folder before any was opened."""

    classes: tuple[str, ...]
    """In alphabetical order."""
    files: tuple[tuple[str, int], ...]
    """(path below the folder, parts joined by `/`; index into the classes), sorted: the order in a file system changes nothing."""


def list_files(folder: Path, kind: FileKind) -> Listing:
    """The classes and files of `folder`.

    Raises InputError: no folder, too few classes, a class without files, a folder inside of a class, a link that leads out of the
    folder or to a class that is there already.
    """
    classes = _class_folders(folder, kind)
    files = [(f"{name}/{path.name}", label) for label, name in enumerate(classes) for path in _files(folder / name, folder, kind)]
    if len(files) > _MAX_FILES:
        raise InputError(f"holds {len(files):,} files", on=folder, expected=f"at most {_MAX_FILES:,}")
    return Listing(classes, tuple(files))


def examine_files(
    folder: Path,
    kind: FileKind,
    examine: Callable[[str, int], T],
    *,
    skip_corrupt: bool,
    on_file: Callable[[int, int], None] | None = None,
) -> tuple[tuple[str, ...], tuple[T, ...], tuple[Skipped, ...]]:
    """(classes, what `examine(name, label)` returned for each file, files skipped); `on_file(done, files)` is called as it goes on.

    `examine` raises ValueError for a file that is not intact.  Raises InputError with the names of all of these unless they are skipped
    (`skip_corrupt`), for a class that has too few files left, and what `list_files` raises.
    """
    listing = list_files(folder, kind)
    found: list[T] = []
    labels, bad = [], []
    for number, (name, label) in enumerate(listing.files, start=1):
        try:
            if Path(name).suffix.lower() not in kind.suffixes:
                raise ValueError(f"not a {kind.endings} file")
            found.append(examine(name, label))
            labels.append(label)
        except ValueError as error:
            bad.append(Skipped(name, str(error)))
        if on_file is not None:
            on_file(number, len(listing.files))
    if bad and not skip_corrupt:
        raise InputError(
            f"{len(bad)} of {len(listing.files)} files cannot be read as {kind.noun}s:\n{_listed(bad)}",
            on=folder,
            expected=f"intact {kind.endings} files only",
            hint="repair or remove them, or leave them out with --skip-corrupt",
        )
    _require_enough(folder, kind, listing.classes, labels, skipped=len(bad))
    return listing.classes, tuple(found), tuple(bad)


def folder_digest(folder: Path, kind: FileKind) -> str:
    """SHA-256 over names and contents of the files that `examine_files` would open; raises what `list_files` raises."""
    digest = hashlib.sha256()
    for name, _ in list_files(folder, kind).files:
        refuse_large_file(folder / name, kind.noun)
        digest.update(os.fsencode(name) + b"\0" + hashlib.sha256(read_bytes(folder / name, kind=kind.noun)).digest())
    return digest.hexdigest()


def _class_folders(folder: Path, kind: FileKind) -> tuple[str, ...]:
    if not folder.exists():
        raise InputError("folder not found", on=folder, expected=kind.folder, hint="check the path")
    if not folder.is_dir():
        raise InputError("is not a folder", on=folder, expected=kind.folder)
    inside = entries(folder)
    loose = [path.name for path in inside if path.is_file() and path.suffix.lower() in kind.suffixes]
    classes = sorted(path.name for path in inside if path.is_dir() and path.name not in kind.no_classes)
    if not classes:
        raise InputError("has no sub-folders, so there are no classes", on=folder, expected=kind.folder)
    if len(classes) < kind.fewest_classes:
        raise InputError(f"holds one class only, '{classes[0]}'", on=folder, expected="at least two sub-folders, one for each class")
    if len(classes) > _MAX_CLASSES:
        raise InputError(f"holds {len(classes):,} sub-folders", on=folder, expected=f"at most {_MAX_CLASSES:,} classes")
    if loose:
        raise InputError(f"holds {len(loose)} {kind.noun}s of no class, such as {loose[0]}", on=folder, expected=kind.folder)
    _refuse_names_and_links(folder, classes)
    return tuple(classes)


def _refuse_names_and_links(folder: Path, classes: Sequence[str]) -> None:
    seen: dict[Path, str] = {}
    for name in classes:
        if not name.isprintable():
            raise InputError("the name of a class has characters that do not print", on=folder / name, hint="rename the folder")
        target = link_target(folder / name)
        if target is None or not target.is_relative_to(folder.resolve()):
            raise InputError("is a link that leads out of the folder", on=folder / name, expected="a folder inside of it")
        if target in seen:
            raise InputError(f"is the same folder as '{seen[target]}'", on=folder / name, expected="a folder of its own for each class")
        seen[target] = name


def _files(folder: Path, root: Path, kind: FileKind) -> list[Path]:
    """The files of a class; raises InputError for folders in it and for links that lead out of `root`."""
    found = [path for path in entries(folder) if path.name.lower() not in _OF_OTHER_PROGRAMS]
    if not found:
        raise InputError(f"the class has no {kind.noun}s", on=folder, expected=f"at least {kind.fewest} {kind.endings} files")
    for path in found:
        if path.is_symlink():
            target = link_target(path)
            if target is None or not target.is_relative_to(root.resolve()):
                raise InputError("is a link that leads out of the folder", on=path, expected="a file inside of it")
        if path.is_dir():
            raise InputError("is a folder inside of a class", on=path, expected=f"{kind.noun}s directly in the folder of their class")
    return found


def entries(folder: Path) -> list[Path]:
    """What is in `folder` by name, without what a dot hides."""
    try:
        return sorted(Path(entry.path) for entry in os.scandir(folder) if not entry.name.startswith("."))
    except OSError as error:
        raise InputError(f"folder cannot be read: {error.strerror}", on=folder) from None


def _require_enough(folder: Path, kind: FileKind, classes: Sequence[str], labels: Sequence[int], *, skipped: int) -> None:
    for label, name in enumerate(classes):
        count = labels.count(label)
        if count < kind.fewest:
            left = " that can be read" if skipped else ""
            raise InputError(
                f"the class has {count} {kind.noun}{'' if count == 1 else 's'}{left}",
                on=folder / name,
                expected=f"at least {kind.fewest}{kind.enough}",
            )


def _listed(bad: Sequence[Skipped]) -> str:
    lines = [f"    {one.file}: {one.why}" for one in bad[:_NAMED]]
    return "\n".join(lines + ([f"    ... and {len(bad) - _NAMED} more"] if len(bad) > _NAMED else []))


def content_with_hash(path: Path, kind: str) -> tuple[bytes, str]:
    """The bytes of a file of this `kind` and their SHA-256, read once; raises InputError for a file that is too large or cannot be read."""
    refuse_large_file(path, kind)
    content = read_bytes(path, kind=kind)
    return content, sha256_hex(content)


def unchanged_content(path: Path, sha256: str, kind: str) -> bytes:
    """The bytes of a file of this `kind`; raises InputError where it has changed since it was examined and had this hash."""
    content, found = content_with_hash(path, kind)
    if found != sha256:
        raise InputError("has changed since the training began", on=path, hint="train again")
    return content
