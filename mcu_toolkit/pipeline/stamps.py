"""A step whose inputs are the same as last time, and whose outputs are still what it wrote, need not be done again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit import __version__
from mcu_toolkit.files import write_text


@dataclass(frozen=True)
class Step:
    """One step: what it reads, what it is told, what it writes.  Outputs may be files or folders."""

    name: str
    inputs: tuple[Path, ...]
    options: Mapping[str, object]
    outputs: tuple[Path, ...]
    stamp: Path
    """Where the record of the last run is kept."""

    def is_up_to_date(self) -> bool:
        """True if the last run had the same inputs, options and toolkit, and its outputs are as it left them."""
        try:
            record = json.loads(self.stamp.read_text())
        except (OSError, ValueError):
            return False
        return bool(record == self._record())

    def mark_done(self) -> None:
        """Record that the outputs now belong to the inputs; call it after the outputs were written."""
        write_text(self.stamp, json.dumps(self._record(), indent=2) + "\n")

    def _record(self) -> dict[str, object]:
        return {
            "step": self.name,
            "toolkit": __version__,
            "options": {key: str(value) for key, value in sorted(self.options.items())},
            "inputs": _digests(self.inputs),
            "outputs": _digests(self.outputs),
        }


def _digests(paths: Iterable[Path]) -> list[str]:
    return [digest_of(path) for path in paths]


def digest_of(path: Path) -> str:
    """SHA-256 of a file, or of the names and contents of a folder's files; `absent` where there is nothing."""
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    if not path.is_dir():
        return "absent"
    digest = hashlib.sha256()
    for file in sorted(item for item in path.rglob("*") if item.is_file()):
        digest.update(file.relative_to(path).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
