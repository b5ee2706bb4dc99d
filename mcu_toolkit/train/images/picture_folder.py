"""A user's folder of pictures, a sub-folder for each class: what is in it, looked at file by file, and what is wrong with it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.artifacts.picture import open_picture
from mcu_toolkit.errors import InputError
from mcu_toolkit.system.archives import refuse_large_file
from mcu_toolkit.system.files import link_target, read_bytes, sha256_hex
from mcu_toolkit.train.images.near_duplicates import perceptual_hash

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp")
FEWEST = 3
"""Pictures of a class: one each to train on, to choose the epoch with and to test."""
_MAX_PICTURES, _MAX_CLASSES = 200_000, 1_000
_NAMED = 10
"""Files that a message names before it counts."""
_OF_OTHER_PROGRAMS = frozenset({"thumbs.db", "desktop.ini"})
"""What Windows leaves in folders of pictures; names that begin with a dot are left aside too."""
_EXPECTED = "a folder with a sub-folder of pictures (.jpg, .png, .bmp) for each class"


@dataclass(frozen=True)
class Picture:
    """A file that was decoded once, and can be."""

    name: str
    """Its path below the folder, parts joined by `/`."""
    label: int
    """Index into the classes."""
    sha256: str
    perceptual_hash: int
    """64 bits; pictures that look alike differ in few of them."""


@dataclass(frozen=True)
class Skipped:
    """A file that is left out, and why."""

    file: str
    why: str


@dataclass(frozen=True)
class PictureFolder:
    """`pictures` are sorted by name, so that the order in which a file system lists them changes nothing."""

    folder: Path
    classes: tuple[str, ...]
    """In alphabetical order; the outputs of the model are in this order."""
    pictures: tuple[Picture, ...]
    skipped: tuple[Skipped, ...]

    def content(self, picture: Picture) -> bytes:
        """The bytes of its file; raises InputError where it has changed since it was examined."""
        path = self.folder / picture.name
        content = read_bytes(path, kind="picture")
        if sha256_hex(content) != picture.sha256:
            raise InputError("has changed since the training began", on=path, hint="train again")
        return content


def read_picture_folder(folder: Path, *, skip_corrupt: bool, on_file: Callable[[int, int], None] | None = None) -> PictureFolder:
    """Examine every file of `folder`; `on_file(done, files)` is called as it goes on.

    Raises InputError: no folder, fewer than two classes, a class with fewer than `FEWEST` pictures, a link that leads out of the
    folder or to a class that is there already, and files that are no intact pictures, unless they are skipped (`skip_corrupt`).
    """
    classes, files = _listed_files(folder)
    pictures, bad = [], []
    for number, (name, label) in enumerate(files, start=1):
        try:
            pictures.append(_examined(folder, name, label))
        except ValueError as error:
            bad.append(Skipped(name, str(error)))
        if on_file is not None:
            on_file(number, len(files))
    if bad and not skip_corrupt:
        raise InputError(
            f"{len(bad)} of {len(files)} files cannot be read as pictures:\n{_listed(bad)}",
            on=folder,
            expected="intact .jpg, .png or .bmp files only",
            hint="repair or remove them, or leave them out with --skip-corrupt",
        )
    _require_enough(folder, classes, pictures, skipped=len(bad))
    return PictureFolder(folder, classes, tuple(pictures), tuple(bad))


def folder_digest(folder: Path) -> str:
    """SHA-256 over names and contents of the files that `read_picture_folder` would examine; raises what it raises about the folder."""
    digest = hashlib.sha256()
    for name, _ in _listed_files(folder)[1]:
        refuse_large_file(folder / name, "picture")
        digest.update(os.fsencode(name) + b"\0" + hashlib.sha256(read_bytes(folder / name, kind="picture")).digest())
    return digest.hexdigest()


def _listed_files(folder: Path) -> tuple[tuple[str, ...], list[tuple[str, int]]]:
    """The classes, and every file of theirs as its path below `folder` with the number of its class."""
    classes = _class_folders(folder)
    files = [(f"{name}/{path.name}", label) for label, name in enumerate(classes) for path in _files(folder / name, folder)]
    if len(files) > _MAX_PICTURES:
        raise InputError(f"holds {len(files):,} files", on=folder, expected=f"at most {_MAX_PICTURES:,}")
    return classes, files


def _class_folders(folder: Path) -> tuple[str, ...]:
    if not folder.exists():
        raise InputError("folder not found", on=folder, expected=_EXPECTED, hint="check the path")
    if not folder.is_dir():
        raise InputError("is not a folder", on=folder, expected=_EXPECTED)
    inside = _listing(folder)
    loose = [path.name for path in inside if path.is_file() and path.suffix.lower() in PICTURE_SUFFIXES]
    classes = sorted(path.name for path in inside if path.is_dir())
    if not classes:
        raise InputError("has no sub-folders, so there are no classes", on=folder, expected=_EXPECTED)
    if len(classes) == 1:
        raise InputError(f"holds one class only, '{classes[0]}'", on=folder, expected="at least two sub-folders, one for each class")
    if len(classes) > _MAX_CLASSES:
        raise InputError(f"holds {len(classes):,} sub-folders", on=folder, expected=f"at most {_MAX_CLASSES:,} classes")
    if loose:
        raise InputError(f"holds {len(loose)} pictures of no class, such as {loose[0]}", on=folder, expected=_EXPECTED)
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


def _files(folder: Path, root: Path) -> list[Path]:
    """The files of a class; raises InputError for folders in it and for links that lead out of `root`."""
    found = [path for path in _listing(folder) if path.name.lower() not in _OF_OTHER_PROGRAMS]
    if not found:
        raise InputError("the class has no pictures", on=folder, expected=f"at least {FEWEST} .jpg, .png or .bmp files")
    for path in found:
        if path.is_symlink():
            target = link_target(path)
            if target is None or not target.is_relative_to(root.resolve()):
                raise InputError("is a link that leads out of the folder", on=path, expected="a file inside of it")
        if path.is_dir():
            raise InputError("is a folder inside of a class", on=path, expected="pictures directly in the folder of their class")
    return found


def _listing(folder: Path) -> list[Path]:
    """What is in `folder` by name, without what a dot hides."""
    try:
        return sorted(Path(entry.path) for entry in os.scandir(folder) if not entry.name.startswith("."))
    except OSError as error:
        raise InputError(f"folder cannot be read: {error.strerror}", on=folder) from None


def _examined(folder: Path, name: str, label: int) -> Picture:
    """The picture after a look at all of it; raises ValueError where it is none."""
    path = folder / name
    if path.suffix.lower() not in PICTURE_SUFFIXES:
        raise ValueError("not a .jpg, .png or .bmp file")
    refuse_large_file(path, "picture")
    content = read_bytes(path, kind="picture")
    if not content:
        raise ValueError("it is empty")
    return Picture(name, label, sha256_hex(content), perceptual_hash(open_picture(content)))


def _require_enough(folder: Path, classes: Sequence[str], pictures: Sequence[Picture], *, skipped: int) -> None:
    for label, name in enumerate(classes):
        count = sum(picture.label == label for picture in pictures)
        if count < FEWEST:
            left = " that can be read" if skipped else ""
            raise InputError(
                f"the class has {count} picture{'' if count == 1 else 's'}{left}",
                on=folder / name,
                expected=f"at least {FEWEST}: one each for training, validation and test; 50 or more give a useful model",
            )


def _listed(bad: Sequence[Skipped]) -> str:
    lines = [f"    {one.file}: {one.why}" for one in bad[:_NAMED]]
    return "\n".join(lines + ([f"    ... and {len(bad) - _NAMED} more"] if len(bad) > _NAMED else []))
