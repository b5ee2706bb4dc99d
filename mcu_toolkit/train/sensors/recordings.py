"""Recordings that belong together, a speaker's or a session's, are never in two parts of a split: else it flatters the model."""

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

SPLIT_FILE = "split.json"
TRAIN, VALIDATION, TEST = "train", "validation", "test"
PARTS = (TRAIN, VALIDATION, TEST)
_SHARE = 0.15
"""Of the groups for validation, and as much for the test."""
_TRIES = 200
"""Draws of the groups before it is said that no split has every class in every part."""
_SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Recording:
    """A file that was read once, and can be."""

    name: str
    """Its path below the folder, parts joined by `/`."""
    label: int
    """Index into the classes."""
    sha256: str
    group: str
    """Who or what it is of; recordings of one group are in one part."""


@dataclass(frozen=True)
class Split:
    """The recordings of each part, sorted by name."""

    train: tuple[Recording, ...]
    validation: tuple[Recording, ...]
    test: tuple[Recording, ...]
    seed: int

    def parts(self) -> tuple[tuple[str, tuple[Recording, ...]], ...]:
        """Each part with its name."""
        return (TRAIN, self.train), (VALIDATION, self.validation), (TEST, self.test)


def split_by_group(recordings: Sequence[Recording], classes: Sequence[str], seed: int, *, grouped_by: str) -> Split:
    """Draw whole groups for validation and test, at least one each; the rest trains.  The same seed gives the same split.

    Where every group has one class only, groups are drawn from each class alike.  Raises InputError where there are too few groups, or
    no draw leaves every class in every part.
    """
    labels_of: dict[str, set[int]] = {group: set() for group in sorted({one.group for one in recordings})}
    for one in recordings:
        labels_of[one.group].add(one.label)
    of_one_class = all(len(labels) == 1 for labels in labels_of.values())
    there = sorted({one.label for one in recordings})  # silence is a class without recordings
    pools = {label: [group for group, labels in labels_of.items() if label in labels] for label in there}
    for label, pool in pools.items():
        if len(pool) < len(PARTS):
            raise InputError(
                f"the class '{classes[label]}' has {len(pool)} {grouped_by}{'' if len(pool) == 1 else 's'}",
                expected=f"at least {len(PARTS)}: one each for training, validation and test",
            )
    drawn_from = list(pools.values()) if of_one_class else [list(labels_of)]
    for attempt in range(_TRIES):
        part_of: dict[str, str] = {}
        for number, pool in enumerate(drawn_from):
            order = np.random.default_rng([seed, number, attempt]).permutation(len(pool))
            held = max(1, round(_SHARE * len(pool)))
            part_of |= {pool[index]: PARTS[2 - min(place // held, 2)] for place, index in enumerate(order)}
        split = assigned(recordings, part_of, seed)
        if all({one.label for one in part} == set(there) for _, part in split.parts()):
            return split
    raise InputError(
        f"no split by {grouped_by}s has every class in training, validation and test",
        expected=f"{grouped_by}s who each have most classes",
        hint="another --seed, or more recordings",
    )


def assigned(recordings: Sequence[Recording], part_of: dict[str, str], seed: int) -> Split:
    """The split in which each group is in the part that `part_of` has for it."""
    ordered = sorted(recordings, key=lambda one: one.name)
    train, validation, test = (tuple(one for one in ordered if part_of[one.group] == part) for part in PARTS)
    return Split(train, validation, test, seed)


@dataclass(frozen=True)
class SplitFile:
    """A file of `split.json`."""

    file: str
    """Its path below the folder, parts joined by `/`."""
    hash: str
    """SHA-256 of its content."""
    label: str
    group: str
    part: str


@dataclass(frozen=True)
class _SplitRecord:
    """What is in `split.json`."""

    schema_version: int
    seed: int
    grouped_by: str
    classes: tuple[str, ...]
    files: tuple[SplitFile, ...]
    skipped: tuple[Skipped, ...]


def render_split(split: Split, classes: Sequence[str], skipped: Sequence[Skipped], *, grouped_by: str) -> str:
    """The text of `split.json`: every file with its hash, class, group and part, sorted by name."""
    rows = sorted(((one, part) for part, found in split.parts() for one in found), key=lambda row: row[0].name)
    files = tuple(SplitFile(one.name, one.sha256, classes[one.label], one.group, part) for one, part in rows)
    record = _SplitRecord(_SCHEMA_VERSION, split.seed, grouped_by, tuple(classes), files, tuple(skipped))
    return json_text(record)


def tested_files(path: Path) -> tuple[SplitFile, ...]:
    """The files of the test in the `split.json` of a training on recordings; raises InputError for anything else."""
    try:
        record = from_plain(_SplitRecord, json_value(read_bytes(path, kind="split")))
    except ValueError as error:
        raise InputError(f"is no split of recordings: {error}", on=path, expected=f"the {SPLIT_FILE} of mcu train") from None
    return tuple(one for one in record.files if one.part == TEST)
