"""Which picture trains, which chooses the epoch, which tests: the same for the same seed, and written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mcu_toolkit.errors import InputError
from mcu_toolkit.system.files import read_bytes
from mcu_toolkit.system.json_text import json_text
from mcu_toolkit.system.parsing import json_value
from mcu_toolkit.system.records import from_plain
from mcu_toolkit.train.class_folder import Skipped
from mcu_toolkit.train.images.near_duplicates import NearDuplicates, near_duplicates
from mcu_toolkit.train.images.picture_folder import Picture, PictureFolder

SPLIT_FILE = "split.json"
TRAIN, VALIDATION, TEST = "train", "validation", "test"
_SHARE = 0.15
"""Of each class for validation, and as much for the test."""
_SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Split:
    """The pictures of each part, in an order drawn by the seed, all classes mixed."""

    train: tuple[Picture, ...]
    validation: tuple[Picture, ...]
    test: tuple[Picture, ...]
    seed: int

    def parts(self) -> tuple[tuple[str, tuple[Picture, ...]], ...]:
        """Each part with its name."""
        return (TRAIN, self.train), (VALIDATION, self.validation), (TEST, self.test)


def split_pictures(pictures: Sequence[Picture], classes: int, seed: int) -> Split:
    """Draw validation and test pictures from every class alike (stratified), at least one each; the rest trains.

    Not scikit-learn's splitter: it leaves a part without a class where the class has few pictures.
    """
    parts: dict[str, list[Picture]] = {TRAIN: [], VALIDATION: [], TEST: []}
    for label in range(classes):
        own = [picture for picture in pictures if picture.label == label]
        order = np.random.default_rng([seed, label]).permutation(len(own))
        held = max(1, round(_SHARE * len(own)))
        for part, indices in ((TEST, order[:held]), (VALIDATION, order[held : 2 * held]), (TRAIN, order[2 * held :])):
            parts[part] += [own[index] for index in indices]
    mixed = {
        part: tuple(found[index] for index in np.random.default_rng([seed, classes, number]).permutation(len(found)))
        for number, (part, found) in enumerate(parts.items())
    }
    return Split(mixed[TRAIN], mixed[VALIDATION], mixed[TEST], seed)


def duplicates_across(split: Split) -> tuple[NearDuplicates, ...]:
    """Pictures in different parts that look the same."""
    rows = [(picture, part) for part, pictures in split.parts() for picture in pictures]
    names, hashes = [picture.name for picture, _ in rows], [picture.perceptual_hash for picture, _ in rows]
    return near_duplicates(names, hashes, [part for _, part in rows])


@dataclass(frozen=True)
class _SplitFile:
    """A file of `split.json`."""

    file: str
    hash: str
    """SHA-256 of its content."""
    label: str
    part: str


@dataclass(frozen=True)
class _SplitRecord:
    """What is in `split.json`."""

    schema_version: int
    seed: int
    classes: tuple[str, ...]
    files: tuple[_SplitFile, ...]
    near_duplicates: tuple[NearDuplicates, ...]
    skipped: tuple[Skipped, ...]


def trained_on(split_file: Path, pictures: Sequence[Picture]) -> int | None:
    """How many of `pictures` the training that wrote `split_file` trained on or chose its epoch with; None without such a file."""
    try:
        record = from_plain(_SplitRecord, json_value(read_bytes(split_file)))
    except (InputError, ValueError):  # of another program, or of a model that was moved away from its split
        return None
    seen = {one.hash for one in record.files if one.part != TEST}
    return sum(picture.sha256 in seen for picture in pictures)


def render_split(folder: PictureFolder, split: Split, duplicates: Sequence[NearDuplicates]) -> str:
    """The text of `split.json`: every file with its hash, its class and its part, sorted by name."""
    rows = sorted(((picture.name, picture, part) for part, found in split.parts() for picture in found), key=lambda row: row[0])
    files = tuple(_SplitFile(name, picture.sha256, folder.classes[picture.label], part) for name, picture, part in rows)
    record = _SplitRecord(_SCHEMA_VERSION, split.seed, folder.classes, files, tuple(duplicates), folder.skipped)
    return json_text(record)
