"""A user's folder of pictures, a sub-folder for each class: every picture is looked at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.artifacts.picture import open_picture
from mcu_toolkit.system.archives import refuse_large_file
from mcu_toolkit.system.files import read_bytes, sha256_hex
from mcu_toolkit.train import class_folder
from mcu_toolkit.train.class_folder import FileKind, Skipped, unchanged_content
from mcu_toolkit.train.images.near_duplicates import perceptual_hash

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp")
FEWEST = 3
"""Pictures of a class: one each to train on, to choose the epoch with and to test."""
PICTURES = FileKind(
    "picture", PICTURE_SUFFIXES, FEWEST, enough=": one each for training, validation and test; 50 or more give a useful model"
)


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
class PictureFolder:
    """`pictures` are sorted by name, so that the order in which a file system lists them changes nothing."""

    folder: Path
    classes: tuple[str, ...]
    """In alphabetical order; the outputs of the model are in this order."""
    pictures: tuple[Picture, ...]
    skipped: tuple[Skipped, ...]

    def content(self, picture: Picture) -> bytes:
        """The bytes of its file; raises InputError where it has changed since it was examined."""
        return unchanged_content(self.folder / picture.name, picture.sha256, "picture")


def read_picture_folder(folder: Path, *, skip_corrupt: bool, on_file: Callable[[int, int], None] | None = None) -> PictureFolder:
    """Examine every file of `folder`; `on_file(done, files)` is called as it goes on.

    Raises InputError: no folder, fewer than two classes, a class with fewer than `FEWEST` pictures, a link that leads out of the
    folder or to a class that is there already, and files that are no intact pictures, unless they are skipped (`skip_corrupt`).
    """

    def examine(name: str, label: int) -> Picture:
        return _examined(folder, name, label)

    return PictureFolder(folder, *class_folder.examine_files(folder, PICTURES, examine, skip_corrupt=skip_corrupt, on_file=on_file))


def folder_digest(folder: Path) -> str:
    """SHA-256 over names and contents of the files that `read_picture_folder` would examine; raises what it raises about the folder."""
    return class_folder.folder_digest(folder, PICTURES)


def _examined(folder: Path, name: str, label: int) -> Picture:
    """The picture after a look at all of it; raises ValueError where it is none."""
    path = folder / name
    refuse_large_file(path, "picture")
    content = read_bytes(path, kind="picture")
    if not content:
        raise ValueError("it is empty")
    return Picture(name, label, sha256_hex(content), perceptual_hash(open_picture(content)))
