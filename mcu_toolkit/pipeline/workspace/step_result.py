"""What a step of the chain returns: a record for programs, lines for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

from mcu_toolkit.errors import DeviceError
from mcu_toolkit.report import SCHEMA_VERSION
from mcu_toolkit.system.json_text import json_text
from mcu_toolkit.system.records import INLINE, OPTIONAL, named
from mcu_toolkit.version import __version__

if TYPE_CHECKING:
    from mcu_toolkit.report import Report

R_co = TypeVar("R_co", covariant=True)
"""The record of the step: `QuantizeResult`, `BuildResult` ..."""
Verdict = Literal["pass", "fail"]


@dataclass(frozen=True)
class StepResult(Generic[R_co]):
    """The result of one step.  Reports of runs (validate, verify, deploy) are `report.Report` instead."""

    step: str
    """The command: `train`, `build` ..."""
    lines: tuple[str, ...]
    """What to print, without line ends."""
    facts: R_co
    """A record of the step's own; its fields follow those that all results have in JSON."""
    up_to_date: bool = False
    """Nothing was done, because the last run had the same inputs and its outputs are still there."""
    next_command: str = ""
    """What one would do next."""
    verdict: Verdict = "pass"
    interrupted: bool = False
    """Ctrl-C ended the step, which had no other end."""

    @property
    def passed(self) -> bool:
        """True where the verdict is yes."""
        return self.verdict == "pass"

    def __repr__(self) -> str:
        """In short: `lines` and `facts` are more than a prompt can show."""
        return f"<StepResult {self.step}: {self.verdict}{''.join(f'; {line}' for line in self.lines[:1])}>"

    def _repr_html_(self) -> str:
        """As notebooks show it."""
        from mcu_toolkit.report.notebook_view import step_html  # noqa: PLC0415 - commands print lines

        return step_html(self.step, self.verdict, self.lines, self.facts, self.next_command)

    def to_json(self) -> str:
        """The result as indented JSON with a line end; NaN and infinities are null."""
        whole = _Json(SCHEMA_VERSION, __version__, self.step, self.verdict, self.up_to_date, self.facts, self.next_command or None)
        return json_text(whole)


@dataclass(frozen=True)
class Refusal:
    """The result of a step that was asked for something and found that it is not so."""

    reasons: tuple[str, ...]
    expected: str | None
    message: str
    on: str | None
    hint: str | None
    exit_code: int


@dataclass(frozen=True)
class _Json:
    """What the JSON of every step begins with."""

    schema_version: int
    toolkit_version: str
    step: str
    verdict: Verdict
    up_to_date: bool
    facts: object = field(metadata=INLINE)
    next_command: str | None = field(default=None, metadata={**OPTIONAL, **named("next")})


def verdict_lines(reasons: Sequence[str]) -> tuple[str, ...]:
    """What a step prints where limits are exceeded; nothing where none is."""
    return ("verdict: FAIL", *(f"  {reason}" for reason in reasons)) if reasons else ()


class RunBrokenOffError(DeviceError):
    """The error of an interrupted run, for which every command checks at its end: the board failed in mid-run.

    `report` is of the samples that were done, None where there are none.
    """

    def __init__(self, cause: DeviceError, done: int, total: int) -> None:
        hint = "when the board is back, the same command with --resume continues from there"
        what = f"{cause.what}\n  interrupted after {done:,} of {total:,} samples"
        super().__init__(what, on=cause.on, expected=cause.expected, hint=f"{cause.hint}; {hint}" if cause.hint and done else cause.hint)
        self.done = done
        self.total = total
        self.report: Report | None = None
