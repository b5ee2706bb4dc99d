"""`--fail-on`: which changes from a baseline are regressions.

    flash>+1%                 the measure grew by more than 1 percent
    stack>+256, arena>+1K     ... by more than so many bytes (or instructions, cycles, microseconds)
    accuracy<-0.2pp           the share fell by more than 0.2 percentage points
    flash>64K, accuracy<0.95  the new value itself, whatever the baseline says
    parity                    the outputs are farther from the golden ones

A list of these, separated by commas; the measures are those of report/measures.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from mcu_toolkit.errors import InputError
from mcu_toolkit.report.measures import MEASURES, PARITY, Measure, measure

_ON: Final = "--fail-on"
_TERM = re.compile(r"(?P<name>[^<>=!+\s]*)\s*(?P<sign>>|<)\s*(?P<plus>[+-]?)\s*(?P<amount>[^\s%<>=]+?)\s*(?P<unit>%|pp|)")
_LONGEST = 4_096
EXAMPLE = "flash>+1%,instructions>+0.5%,accuracy<-0.2pp,parity"
_DIGITS = 9
"""Of a share: what is behind is rounding of floating point."""


@dataclass(frozen=True)
class Rule:
    """One term; `measure` is None for parity."""

    text: str
    """As it was written, without blanks."""
    measure: Measure | None
    amount: float = 0.0
    """Signed for a change; in percent, percentage points or the measure's own unit."""
    unit: Literal["", "%", "pp"] = ""
    is_change: bool = True

    def is_broken(self, base: float, new: float) -> bool:
        """True where a measure that was `base` and is `new` is a regression."""
        assert self.measure is not None
        found = self._compared(base, new)
        limit = self.amount * base if self.unit == "%" and self.is_change else self.amount
        return found < limit if self.measure.more_is_better else found > limit

    def _compared(self, base: float, new: float) -> float:
        """The value to compare with `amount` (in percent: both multiplied with `base`)."""
        assert self.measure is not None
        change = round(new - base, _DIGITS) if self.measure.kind == "share" else new - base
        if not self.is_change:
            return new * 100 if self.unit == "%" else new
        return change if self.unit == "" else round(change * 100, _DIGITS)


@dataclass(frozen=True)
class FailOn:
    """All terms of an expression."""

    rules: tuple[Rule, ...]
    is_default: bool = False
    """Nobody asked for these: what was not measured is then no regression by itself."""

    @property
    def text(self) -> str:
        """The expression."""
        return ",".join(rule.text for rule in self.rules)

    def of(self, name: str) -> tuple[Rule, ...]:
        """The terms about a measure, or about parity."""
        return tuple(rule for rule in self.rules if (PARITY if rule.measure is None else rule.measure.name) == name)


def parse_fail_on(text: str) -> FailOn:
    """The terms of an expression; raises InputError for whatever is none, and UnknownNameError with all names for unknown measures."""
    if len(text) > _LONGEST:
        raise InputError(f"has {len(text):,} characters", on=_ON, expected=f"an expression such as {EXAMPLE}")
    terms = [term.strip() for term in text.split(",")]
    if not any(terms):
        raise InputError("is empty", on=_ON, expected=f"an expression such as {EXAMPLE}")
    return FailOn(tuple(_rule(term) for term in terms))


def default_fail_on() -> FailOn:
    """What counts where nobody says anything: every measure's own tolerance, and parity."""
    terms = (*(f"{name}{one.tolerance}" for name, one in MEASURES.items()), PARITY)
    return FailOn(tuple(_rule(term) for term in terms), is_default=True)


def _rule(term: str) -> Rule:
    if term == PARITY:
        return Rule(term, None)
    found = _TERM.fullmatch(term)
    if found is None:
        if term.isidentifier():
            one = measure(term)
            raise _bad(term, "says no bound", f"{one.name}{one.tolerance}")
        raise _bad(term, "is not understood", EXAMPLE)
    name, sign, plus, amount, unit = found.group("name", "sign", "plus", "amount", "unit")
    if name == PARITY:
        raise _bad(term, "compares parity, which is no number", PARITY)
    one = measure(name)
    if sign != ("<" if one.more_is_better else ">"):
        raise _bad(term, "would fail on an improvement", f"{name}{one.tolerance}")
    _check_unit(term, one, plus, unit)
    if plus == "-" and not one.more_is_better:
        raise _bad(term, "asks for an improvement, and would fail without one", f"{name}{one.tolerance}")
    if plus == "+" and one.more_is_better:
        raise _bad(term, "asks for an improvement, and would fail without one", f"{name}{one.tolerance}")
    value = _percentage(term, amount) if unit else one.parsed(amount, _ON)
    kind: Literal["", "%", "pp"] = "%" if unit == "%" else "pp" if unit == "pp" else ""
    return Rule(f"{name}{sign}{plus}{amount}{unit}", one, -value if plus == "-" else value, kind, is_change=bool(plus))


def _check_unit(term: str, one: Measure, plus: str, unit: str) -> None:
    if unit == "pp" and (one.kind != "share" or not plus):
        raise _bad(term, "has percentage points, which are for changes of a share", f"{one.name}{one.tolerance}")
    if unit == "%" and not plus and one.kind != "share":
        raise _bad(term, "has a percentage without a sign", f"{one.name}>+1%")


def _percentage(term: str, amount: str) -> float:
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?|\.\d{1,9}", amount) is None:
        raise _bad(term, f"has '{amount}' for a number", EXAMPLE)
    return float(amount)


def _bad(term: str, why: str, like: str) -> InputError:
    return InputError(f"'{term}' {why}", on=_ON, expected=f"such as {like}")
