"""Who speaks in a recording: from speakers.csv or from the file's name."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from mcu_toolkit.errors import InputError
from mcu_toolkit.system.files import read_bytes

SPEAKERS_FILE = "speakers.csv"
_BEFORE_UNDERSCORE = re.compile(r"([^_]+)_")
_MOST_PATTERN = 200
_COLUMNS = ("file", "speaker")


def speaker_finder(folder: Path, names: Sequence[str], pattern: str) -> tuple[Callable[[str], str], str]:
    """(file's path below the folder -> speaker, how that is known, for people).

    `pattern` if given, else speakers.csv in the folder (columns file, speaker), else what is before the first `_` of every name; where
    not every name has one, each recording counts as a speaker of its own.  Raises InputError for files whose speaker is not known.
    """
    if pattern:
        return _by_pattern(folder, names, pattern), f"--speakers '{pattern}'"
    table = folder / SPEAKERS_FILE
    if table.is_file():
        return _by_table(table, names), SPEAKERS_FILE
    if all(_BEFORE_UNDERSCORE.match(Path(name).name) for name in names):
        return lambda name: Path(name).name.partition("_")[0], "what is before the first _ of a file's name"
    return lambda name: name, "nothing says who speaks, so every recording counts as a speaker"


def _by_pattern(folder: Path, names: Sequence[str], pattern: str) -> Callable[[str], str]:
    try:
        compiled = re.compile(pattern[: _MOST_PATTERN + 1])
    except re.error as error:
        raise InputError(f"is no regular expression: {error}", on=f"--speakers '{pattern}'", expected=r"such as '^([a-z]+)_'") from None
    if compiled.groups < 1 or len(pattern) > _MOST_PATTERN:
        raise InputError("has no group in parentheses, or is too long", on=f"--speakers '{pattern:.80}'", expected=r"such as '^([a-z]+)_'")
    found = {name: compiled.search(Path(name).name) for name in names}
    unknown = [name for name, match in found.items() if match is None or match.group(1) is None]
    _refuse_unknown(folder, unknown, f"a name that matches '{pattern}'")
    return {name: str(match.group(1)) for name, match in found.items() if match is not None}.__getitem__


def _by_table(table: Path, names: Sequence[str]) -> Callable[[str], str]:
    try:
        rows = list(csv.DictReader(io.StringIO(read_bytes(table, kind="table of speakers").decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"cannot be read: {error}", on=table, expected="a CSV file with the columns file, speaker") from None
    if not rows or not all(row.get(column) for row in rows for column in _COLUMNS):
        raise InputError("has not both columns in every row", on=table, expected="the columns file, speaker")
    speaker_of = {row["file"].replace("\\", "/"): row["speaker"] for row in rows}
    _refuse_unknown(table, [name for name in names if name not in speaker_of], "a row for every file, such as yes/a.wav,anna")
    return speaker_of.__getitem__


def _refuse_unknown(on: Path, unknown: Sequence[str], expected: str) -> None:
    if unknown:
        more = f" and {len(unknown) - 1} more" if len(unknown) > 1 else ""
        raise InputError(f"does not say who speaks in {unknown[0]}{more}", on=on, expected=expected)
