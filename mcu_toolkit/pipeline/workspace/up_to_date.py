"""The up-to-date cache: a step is skipped if its inputs are unchanged and its outputs are still what it wrote."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from mcu_toolkit.system.confined import refuse_links
from mcu_toolkit.system.files import read_bytes, write_text
from mcu_toolkit.system.json_text import json_text
from mcu_toolkit.system.parsing import json_value
from mcu_toolkit.system.records import from_plain, to_plain
from mcu_toolkit.version import __version__

R = TypeVar("R")
"""The record of facts that a step keeps."""

CACHE_FOLDER = ".mcu"
"""Beside the outputs; may be removed at any time, then the steps are done again."""

_NOT_PART_OF_A_FOLDER = frozenset({CACHE_FOLDER, ".pio", "__pycache__"})


@dataclass(frozen=True)
class CachedStep:
    """One step: what it reads, its options, what it writes."""

    name: str
    inputs: Mapping[str, str]
    """Hashes by role: `{"model": sha256}`."""
    options: Mapping[str, str]
    """Everything else that decides what the outputs are."""
    outputs: tuple[Path, ...]
    """Files or folders."""
    record: Path
    """Where the record of the last run is kept."""
    code: tuple[Path, ...] = ()
    """The toolkit's own files and folders that decide what the outputs are: a step done by another state of them is not up to date."""

    def facts_if_up_to_date(self, kind: type[R]) -> R | None:
        """The last run's facts, a record of class `kind`, if it had the same inputs, options and toolkit, and its outputs are as it
        left them."""
        try:
            found = json_value(self.record.read_text(encoding="utf-8"))
            facts = from_plain(kind, found["facts"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return facts if found == to_plain(self._record(facts)) else None

    def mark_done(self, facts: object) -> None:
        """Record that the outputs now belong to the inputs, with `facts`, a record; call it after the outputs were written."""
        refuse_links(self.record.parents[1], self.record)
        write_text(self.record, json_text(self._record(facts), ascii_only=True))

    def _record(self, facts: object) -> _LastRun:
        return _LastRun(
            step=self.name,
            toolkit=__version__,
            code=tuple(_code_digest(path) for path in self.code),
            options=dict(sorted(self.options.items())),
            inputs=dict(sorted(self.inputs.items())),
            outputs=tuple(digest_of(path) for path in self.outputs),
            facts=facts,
        )


@dataclass(frozen=True)
class _LastRun:
    """What is in a step's file."""

    step: str
    toolkit: str
    code: tuple[str, ...]
    options: Mapping[str, str]
    inputs: Mapping[str, str]
    outputs: tuple[str, ...]
    facts: object


def perform(step: CachedStep, work: Callable[[], R], kind: type[R], *, force: bool) -> tuple[R, bool]:
    """Do `work` unless the step is up to date and `force` is not given; returns (facts, was up to date).

    `work` writes the outputs and returns facts, a record of class `kind`, which a later run that is skipped returns again.
    """
    known = None if force else step.facts_if_up_to_date(kind)
    if known is not None:
        return known, True
    facts = work()
    step.mark_done(facts)
    return facts, False


def digest_of(path: Path) -> str:
    """SHA-256 of a file, or of the names and contents of a folder's files; `absent` where there is nothing."""
    if path.is_file():
        return hashlib.sha256(read_bytes(path)).hexdigest()
    if not path.is_dir():
        return "absent"
    digest = hashlib.sha256()
    for file in sorted(_files_below(path)):
        digest.update(file.relative_to(path).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(read_bytes(file)).digest())
    return digest.hexdigest()


def _files_below(folder: Path) -> list[Path]:
    found = []
    for item in folder.iterdir():
        if item.is_file():
            found.append(item)
        elif item.is_dir() and item.name not in _NOT_PART_OF_A_FOLDER:
            found.extend(_files_below(item))
    return found


def package_code(*names: str) -> tuple[Path, ...]:
    """Files or folders of the package, for `CachedStep.code`."""
    package = Path(__file__).resolve().parents[2]
    return tuple(package / name for name in names)


@functools.cache
def _code_digest(path: Path) -> str:
    return digest_of(path)
