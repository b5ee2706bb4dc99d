"""A step whose inputs are the same as last time, and whose outputs are still what it wrote, need not be done again."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcu_toolkit import __version__
from mcu_toolkit.system.confined import refuse_links
from mcu_toolkit.system.files import read_bytes, write_text
from mcu_toolkit.system.parsing import json_value

STAMP_FOLDER = ".mcu"
"""Beside the outputs; may be removed at any time, then the steps are done again."""

_NOT_PART_OF_A_FOLDER = frozenset({STAMP_FOLDER, ".pio", "__pycache__"})


@dataclass(frozen=True)
class Step:
    """One step: what it reads, what it is told, what it writes."""

    name: str
    inputs: Mapping[str, str]
    """Hashes by role: `{"model": sha256}`."""
    options: Mapping[str, object]
    outputs: tuple[Path, ...]
    """Files or folders."""
    stamp: Path
    """Where the record of the last run is kept."""
    code: tuple[Path, ...] = ()
    """The toolkit's own files and folders that decide what the outputs are: a step done by another state of them is not up to date."""

    def facts_if_up_to_date(self) -> Mapping[str, Any] | None:
        """The last run's facts if it had the same inputs, options and toolkit, and its outputs are as it left them."""
        try:
            record = json_value(self.stamp.read_text(encoding="utf-8"))
            facts: Mapping[str, Any] = record["facts"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return facts if record == self._record(facts) else None

    def mark_done(self, facts: Mapping[str, Any]) -> None:
        """Record that the outputs now belong to the inputs; call it after the outputs were written."""
        refuse_links(self.stamp.parents[1], self.stamp)
        write_text(self.stamp, json.dumps(self._record(facts), indent=2) + "\n")

    def _record(self, facts: Mapping[str, Any]) -> dict[str, object]:
        return {
            "step": self.name,
            "toolkit": __version__,
            "code": [_code_digest(path) for path in self.code],
            "options": {key: str(value) for key, value in sorted(self.options.items())},
            "inputs": dict(sorted(self.inputs.items())),
            "outputs": [digest_of(path) for path in self.outputs],
            "facts": facts,
        }


def perform(step: Step, work: Callable[[], Mapping[str, Any]], *, force: bool) -> tuple[Mapping[str, Any], bool]:
    """Do `work` unless the step is up to date and `force` is not given; returns (facts, was up to date).

    `work` writes the outputs and returns JSON-ready facts, which a later run that is skipped returns again.
    """
    known = None if force else step.facts_if_up_to_date()
    if known is not None:
        return known, True
    facts = json.loads(json.dumps(work()))  # the same types now and when they are read again
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
    """Files or folders of the package, for `Step.code`."""
    package = Path(__file__).resolve().parents[2]
    return tuple(package / name for name in names)


@functools.cache
def _code_digest(path: Path) -> str:
    return digest_of(path)
