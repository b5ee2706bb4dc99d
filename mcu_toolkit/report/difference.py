"""What changed from one report to another, and whether that is a regression."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from mcu_toolkit.artifacts import Level
from mcu_toolkit.errors import InputError
from mcu_toolkit.report.fail_on import FailOn, Rule
from mcu_toolkit.report.layer_changes import LayerChange, layer_changes
from mcu_toolkit.report.measures import MEASURES, PARITY, Measure, number
from mcu_toolkit.runners import roles
from mcu_toolkit.system.json_table import JsonTable

State = Literal["same", "better", "worse", "regression", "not measured", "new"]
"""`worse` is within what `--fail-on` allows; `not measured`: the baseline has it and the new report does not; `new`: the reverse."""
_LEVELS = [level.value for level in Level]
_AS_GOOD = {Level.LAYERS_EQUAL.value: Level.BYTE_EQUAL.value}
"""Whether layers were compared as well is a matter of the command, not of what the board computes."""

_MOST_PERCENT = 1e6


@dataclass(frozen=True)
class Side:
    """What was measured: the identity of one of the two reports."""

    model: str
    sha256: str
    board: str | None
    runtime: str | None
    golden: str
    toolkit_version: str
    verdict: str


@dataclass(frozen=True)
class Row:
    """One measure in both reports."""

    measure: str
    """By its name; for a model with several outputs also `accuracy of <output>`."""
    unit: str
    base: float | str | None
    """A number in `unit`, for parity its level; None where it was not measured."""
    new: float | str | None
    change: float | None
    change_percent: float | None
    """None where the baseline is 0, and for shares."""
    limits: tuple[str, ...]
    """The terms of `--fail-on` about it."""
    state: State
    reason: str = ""
    """Of a regression: a sentence."""


@dataclass(frozen=True)
class Difference:
    """Two reports of a model side by side."""

    base: Side
    new: Side
    rows: tuple[Row, ...]
    layers: tuple[LayerChange, ...] = ()
    """Those that changed, the largest change first."""
    notes: tuple[str, ...] = ()
    regressions: tuple[str, ...] = field(default=())
    """Why the verdict is no, one sentence each; empty where it is yes."""


def difference(base: JsonTable, new: JsonTable, fail_on: FailOn) -> Difference:
    """Compare two reports in their JSON form (report/read.py), from whichever command and version.

    Raises InputError where they are not what reports are, or where `fail_on` asks for a measure that the baseline lacks.
    """
    try:
        sides = _side(base), _side(new)
        rows = tuple(_rows(base, new, fail_on))
        layers = layer_changes(base.tables("layers"), new.tables("layers"))
        said = new.items("reasons", str)
    except ValueError as error:
        raise InputError(f"a report is damaged: {error}", expected="what --json wrote") from None
    regressions = [row.reason for row in rows if row.state == "regression"]
    if sides[1].verdict != "pass" and sides[0].verdict == "pass":
        regressions.insert(0, f"the verdict was pass and is {sides[1].verdict}" + (f": {said[0]}" if said else ""))
    return Difference(*sides, rows, layers, tuple(_notes(*sides, rows)), tuple(regressions))


def _side(report: JsonTable) -> Side:
    model = report.table("model")
    return Side(
        model.required("name", str),
        model.required("sha256", str),
        report.optional("board", str) or None,
        report.optional("runtime", str) or None,
        report.get("golden", ""),
        report.get("toolkit_version", ""),
        report.required("verdict", str),
    )


def _rows(base: JsonTable, new: JsonTable, fail_on: FailOn) -> Iterator[Row]:
    for one in MEASURES.values():
        if one.kind == "share":
            yield from _accuracy_rows(base, new, one, fail_on)
            yield _parity_row(base, new, fail_on)
        elif one.kind == "value":
            yield from _row(one, one.name, *_nearest(_errors(base), _errors(new)), fail_on)
        else:
            values = (_cycles(base), _cycles(new)) if one.name == "cycles" else (one.value_in(base), one.value_in(new))
            yield from _row(one, one.name, *values, fail_on)


def _cycles(report: JsonTable) -> float | None:
    return None if report.value("cycles") is None else number(report.table("cycles").value("value"), "cycles")


def _accuracy_rows(base: JsonTable, new: JsonTable, one: Measure, fail_on: FailOn) -> Iterator[Row]:
    """The accuracy nearest to the board that both reports have; each output by itself where there are several."""
    yield from _row(one, one.name, *_nearest(base.table("accuracy"), new.table("accuracy")), fail_on)
    before, after = base.table("accuracy_by_output"), new.table("accuracy_by_output")
    for name in before:
        yield from _row(one, f"{one.name} of {name}", *_nearest(before.table(name), after.table(name)), fail_on)


def _errors(report: JsonTable) -> JsonTable:
    """The RMSE of every runner that was scored as a regression; of a model with one output."""
    scores = report.table("scores")
    of_runners = {runner: scores.table(runner) for runner in scores}
    return JsonTable({runner: score.value("rmse") for runner, score in of_runners.items() if score.value("kind") == "regression"})


def _nearest(base: JsonTable, new: JsonTable) -> tuple[float | None, float | None]:
    order = roles.nearest_to_the_board()
    common = next((name for name in order if name in base and name in new), None)
    if common is not None:
        return number(base.value(common), common), number(new.value(common), common)
    firsts = [next((number(side.value(name), name) for name in order if name in side), None) for side in (base, new)]
    return firsts[0], firsts[1]


def _row(one: Measure, name: str, base: float | None, new: float | None, fail_on: FailOn) -> Iterator[Row]:
    """The row of a measure; none where neither report has it and nobody asks for it."""
    rules = fail_on.of(one.name)
    limits = tuple(rule.text for rule in rules)
    change = None if base is None or new is None else new - base
    percent = None if change is None or one.kind == "share" else _percent(change, base)
    if base is None or new is None:
        if new is None and base is None and (fail_on.is_default or not rules):
            return
        yield _unmeasured(one, name, base, new, rules, is_default=fail_on.is_default)
        return
    broken = [rule for rule in rules if rule.is_broken(base, new)]
    if broken:
        yield Row(name, one.kind, base, new, change, percent, limits, "regression", _sentence(one, name, base, new, broken[0]))
        return
    worse = change < 0 if one.more_is_better else change > 0  # type: ignore[operator]  # both values are known here
    yield Row(name, one.kind, base, new, change, percent, limits, "same" if not change else "worse" if worse else "better")


def _unmeasured(one: Measure, name: str, base: float | None, new: float | None, rules: Sequence[Rule], *, is_default: bool) -> Row:
    """A measure that only one report has: asked for by name, it cannot be shown that it did not get worse."""
    limits = tuple(rule.text for rule in rules)
    needs_base = any(rule.is_change for rule in rules)
    if base is None and needs_base and not is_default:
        how = "mcu bench" if one.only_bench else "mcu deploy" if one.kind not in ("share", "value") else "mcu deploy --data, with labels,"
        raise InputError(
            f"the baseline does not say {name}, and --fail-on has {limits[0]}",
            expected=f"a baseline that measures it: {how} writes it with --json",
        )
    if base is None:
        broken = [rule for rule in rules if new is None or (not rule.is_change and rule.is_broken(0.0, new))]
        if broken:
            why = f"{name} was not measured" if new is None else _sentence(one, name, None, new, broken[0])
            return Row(name, one.kind, base, new, None, None, limits, "regression", why)
        return Row(name, one.kind, base, new, None, None, limits, "new")
    is_regression = rules and (not is_default or one.kind in ("share", "value"))
    reason = f"{name} was {one.shown(base)} and is not measured any more" if is_regression else ""
    return Row(name, one.kind, base, new, None, None, limits, "regression" if is_regression else "not measured", reason)


def _sentence(one: Measure, name: str, base: float | None, new: float, rule: Rule) -> str:
    if not rule.is_change or base is None:
        return f"{name} is {one.shown(new)}{_against(rule)}"
    if one.kind == "share":
        return f"{name} fell by {100 * (base - new):.2f} pp, from {one.shown(base)} to {one.shown(new)}{_against(rule)}"
    percent = _percent(new - base, base)
    grown = "" if percent is None else f" by {percent:.2f} %"
    return f"{name} grew{grown}, from {one.shown(base)} to {one.shown(new)}{_against(rule)}"


def _percent(change: float, base: float | None) -> float | None:
    """None where it says nothing: of 0, or of something so small that the quotient would fill a line."""
    return None if not base or abs(change) > _MOST_PERCENT * base / 100 else 100 * change / base


def _against(rule: Rule) -> str:
    return f" (not allowed: {rule.text})"


def _parity_row(base: JsonTable, new: JsonTable, fail_on: FailOn) -> Row:
    limits = tuple(rule.text for rule in fail_on.of(PARITY))
    before, after = _parity(base), _parity(new)
    worse = after is None or before is None or after > before
    shown = [None if one is None else one.text for one in (before, after)]
    if before is None:
        if limits and not fail_on.is_default:
            raise InputError("the baseline does not compare a board or compiled code", expected="a report of mcu deploy, bench or verify")
        return Row(PARITY, "", None, shown[1], None, None, limits, "new" if after is not None else "same")
    if not worse:
        same = after is not None and not before > after
        return Row(PARITY, "", shown[0], shown[1], None, None, limits, "same" if same else "better")
    reason = f"parity was '{shown[0]}' and is " + ("not known any more" if after is None else f"'{shown[1]}'")
    return Row(PARITY, "", shown[0], shown[1], None, None, limits, "regression" if limits else "worse", reason if limits else "")


@dataclass(frozen=True)
class _Parity:
    """How the runner nearest to the board compares with the golden one."""

    rank: tuple[int, int, bool]
    """Level, LSB, not compared with TFLM: larger is worse."""
    text: str

    def __gt__(self, other: _Parity) -> bool:
        return any(mine > theirs for mine, theirs in zip(self.rank, other.rank, strict=True))


def _parity(report: JsonTable) -> _Parity | None:
    row = next((row for name in roles.must_be_equal() for row in report.tables("comparisons") if row.value("a") == name), None)
    if row is None:
        return None
    level = row.value("level")
    if not isinstance(level, str) or level not in _LEVELS:
        raise ValueError(f"'level' is {json.dumps(level)[:60]}")
    lsb = round(number(row.value("max_lsb"), "max_lsb") or 0)
    without_tflm = report.value("compared_with_tflm") is False
    distance = f", {lsb:,} LSB" if lsb else ""
    caveat = ", not compared with TFLM" if without_tflm else ""
    return _Parity((_LEVELS.index(_AS_GOOD.get(level, level)), lsb, without_tflm), f"{row.value('a')} {level}{distance}{caveat}")


def _notes(base: Side, new: Side, rows: Sequence[Row]) -> Iterator[str]:
    if base.sha256 != new.sha256:
        yield f"another model: sha256 {base.sha256[:16]}... is now {new.sha256[:16]}..."
    for what in ("board", "runtime", "golden", "toolkit_version"):
        before, after = getattr(base, what), getattr(new, what)
        if before != after:
            yield f"{what.replace('_', ' ')} was {before or 'none'} and is {after or 'none'}"
    if base.verdict != "pass":
        yield f"the baseline's own verdict is {base.verdict}"
    missing = [row.measure for row in rows if row.state == "not measured"]
    if missing:
        yield f"not measured any more: {', '.join(missing)}"
