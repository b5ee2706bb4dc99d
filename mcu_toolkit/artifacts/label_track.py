"""Label tracks: what is heard when in a stream, written by people or programs.

Two forms, told apart by the first line:

    start,end,label         CSV with this head, in seconds; further columns are ignored
    1.25    1.80    yes     Audacity's export of a label track: start, end and label with tabs between them; no head
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from mcu_toolkit.errors import InputError
from mcu_toolkit.system.files import read_bytes

HEAD = ("start", "end", "label")
_EXPECTED = 'lines "start,end,label" below that head, or Audacity\'s export of a label track'
_MOST_EVENTS = 1_000_000
_ROUNDED_S = 1e-6
"""Tracks have six decimals: a label to the end of a sound may end so much behind it."""
_SHOWN_FAULTS = 10


@dataclass(frozen=True)
class Event:
    """A label; an event at one point in time has the same start and end."""

    start_s: float
    end_s: float
    label: str


def read_label_track(path: Path, duration_s: float) -> tuple[Event, ...]:
    """The events of a track for a sound of `duration_s`, in order.

    Raises InputError naming the lines that are wrong: no numbers, an end before its start, out of order, overlapping the one before,
    beyond the sound.
    """
    content = read_bytes(path, kind="label track")
    try:
        text = content.decode("utf-8-sig")
        rows = _rows(text)
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"is no label track: {error}", on=path, expected=_EXPECTED) from None
    if len(rows) > _MOST_EVENTS:
        raise InputError(f"holds {len(rows):,} labels", on=path, expected=f"at most {_MOST_EVENTS:,}")
    faults: list[str] = []
    events: list[tuple[int, Event]] = []
    for line, cells in rows:
        found = _event(cells)
        if isinstance(found, str):
            faults.append(f"line {line}: {found}")
        else:
            events.append((line, found))
    faults += _faults_between(events, duration_s)
    if faults:
        more = f"\n    and {len(faults) - _SHOWN_FAULTS} more" if len(faults) > _SHOWN_FAULTS else ""
        listed = "".join(f"\n    {fault}" for fault in faults[:_SHOWN_FAULTS])
        raise InputError(
            f"{len(faults)} lines are wrong:{listed}{more}", on=path, expected=f"{_EXPECTED}, in order and inside of the sound"
        )
    return tuple(event for _, event in events)


def is_label_track(path: Path) -> bool:
    """True for a file that begins with the head of a track."""
    try:
        return _has_head(read_bytes(path, kind="label track").decode("utf-8-sig"))
    except (UnicodeDecodeError, csv.Error):
        return False


def _has_head(text: str) -> bool:
    first = next((line for line in text.splitlines() if line.strip()), "")
    return [cell.strip().lower() for cell in next(csv.reader([first]), [])[: len(HEAD)]] == list(HEAD)


def _rows(text: str) -> list[tuple[int, Sequence[str]]]:
    """The cells of each line that holds something, with the line's number."""
    if _has_head(text):
        reader = csv.reader(io.StringIO(text))
        found = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
        return [(line, row) for line, row in found[1:]]
    # A line that begins with a backslash is the frequency range of the label before it.
    lines = enumerate(text.splitlines(), start=1)
    return [(number, line.split("\t")) for number, line in lines if line.strip() and not line.startswith("\\")]


def _event(cells: Sequence[str]) -> Event | str:
    if len(cells) < len(HEAD):
        return f"{len(cells)} columns, where start, end and label are three"
    try:
        start_s, end_s = float(cells[0]), float(cells[1])
    except ValueError:
        return f"'{cells[0]:.20}' and '{cells[1]:.20}' are not two numbers of seconds"
    label = cells[2].strip()
    if not (math.isfinite(start_s) and math.isfinite(end_s)) or start_s < 0:
        return f"{start_s:g} to {end_s:g} s is no time in a sound"
    if end_s < start_s:
        return f"it ends at {end_s:g} s, before it begins at {start_s:g} s"
    return Event(start_s, end_s, label) if label else "it has no label"


def _faults_between(events: Sequence[tuple[int, Event]], duration_s: float) -> list[str]:
    faults = [
        f"line {line}: it ends at {event.end_s:g} s, and the sound at {duration_s:g} s"
        for line, event in events
        if event.end_s > duration_s + _ROUNDED_S
    ]
    for (before_line, before), (line, event) in pairwise(events):
        if event.start_s < before.start_s:
            faults.append(f"line {line}: it begins at {event.start_s:g} s, before line {before_line}, which begins at {before.start_s:g} s")
        elif event.start_s < before.end_s:
            faults.append(f"line {line}: it begins at {event.start_s:g} s, within line {before_line}, which ends at {before.end_s:g} s")
    return faults
