"""The result of `mcu stream` as a page needs it, with its types checked."""

from __future__ import annotations

from dataclasses import dataclass, field

from mcu_toolkit.artifacts.decision_rule import DecisionRule
from mcu_toolkit.artifacts.stream_scores import StreamJudgement
from mcu_toolkit.errors import InputError
from mcu_toolkit.system.json_table import JsonTable
from mcu_toolkit.system.records import from_known

_MOST_CLASSES = 256


@dataclass(frozen=True)
class StreamSound:
    """One sound, its decisions as (seconds, label, score)."""

    name: str
    duration_s: float
    inferences: int
    decisions: tuple[tuple[float, str, float], ...]


@dataclass(frozen=True)
class StreamRun:
    """What was streamed and decided."""

    runner: str
    rule: DecisionRule
    classes: tuple[str, ...]
    sounds: tuple[StreamSound, ...]
    scores: tuple[tuple[float, ...], ...]
    """[inferences, classes] of the first sound, as real values; not all of a long one."""
    judged: StreamJudgement | None = None
    notes: tuple[str, ...] = field(default=())


def read_stream(table: JsonTable) -> StreamRun:
    """The stream in a result; raises ValueError for what is none."""
    classes = table.items("classes", str)
    try:
        rule = from_known(DecisionRule, table.value("rule"))
        judged = None if table.value("judged") is None else from_known(StreamJudgement, table.value("judged"))
    except InputError as error:
        raise ValueError(error.what) from None
    if not 1 <= len(classes) <= _MOST_CLASSES or any(one.index >= len(classes) for one in rule.classes):
        raise ValueError("its classes are not those of its rule")
    scores = _rows(table.value("scores") or [], len(classes))
    return StreamRun(table.required("runner", str), rule, classes, tuple(map(_sound, table.tables("sounds"))), scores, judged)


def _sound(table: JsonTable) -> StreamSound:
    decisions = tuple(
        (one.real("time_s") or 0.0, one.required("label", str), one.real("score") or 0.0) for one in table.tables("decisions")
    )
    return StreamSound(table.get("sound", ""), table.real("duration_s") or 0.0, table.get("inferences", 0), decisions)


def _rows(value: object, width: int) -> tuple[tuple[float, ...], ...]:
    if not isinstance(value, list):
        raise ValueError("'scores' is not a list")
    rows = tuple(JsonTable({"row": row}, "'scores'").numbers("row") for row in value)
    if any(len(row) != width for row in rows):
        raise ValueError("an inference has not a score for each class")
    return rows
