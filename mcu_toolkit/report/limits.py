"""The user's limits: they decide the verdict, and with it the exit code."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from mcu_toolkit.artifacts import Vectors
from mcu_toolkit.errors import InputError
from mcu_toolkit.report.measures import LIMITED, MEASURES, measure
from mcu_toolkit.runners import roles


@dataclass(frozen=True)
class Limits:
    """`--max-lsb`, `--min-accuracy`, `--max-drop`, `--limit`; None is not asked."""

    max_lsb: int = 0
    """Units in the last place by which an output may differ from the golden runner's."""
    min_accuracy: float | None = None
    max_drop: float | None = None
    """Accuracy of the float model less that of what runs on the board."""
    most: Mapping[str, float] = field(default_factory=dict)
    """`--limit`: the largest accepted value of a measure, by its name (report/measures.py)."""
    by_board: Mapping[str, Limits] = field(default_factory=dict)
    """What mcu.toml asks of a board, by its id: it counts where the command says nothing."""

    def __post_init__(self) -> None:
        for name, value in (("--min-accuracy", self.min_accuracy), ("--max-drop", self.max_drop)):
            if value is not None and not 0 <= value <= 1:
                raise InputError(f"{name} is {value:g}", expected="a share from 0 to 1, such as 0.95")
        if self.max_lsb < 0:
            raise InputError(f"--max-lsb is {self.max_lsb}", expected="0 or more")
        for name in self.most:
            measure(name, LIMITED)

    def on(self, board: str) -> Limits:
        """The limits that hold on `board`."""
        own = self.by_board.get(board)
        if own is None:
            return dataclasses.replace(self, by_board={})
        return Limits(
            self.max_lsb,
            own.min_accuracy if self.min_accuracy is None else self.min_accuracy,
            own.max_drop if self.max_drop is None else self.max_drop,
            {**own.most, **self.most},
        )

    def require_measured(self, among: Sequence[str], on: str | None = None) -> None:
        """Raise InputError where a measure is limited that is not among those that are measured: the limit would never be judged."""
        for name in self.most:
            if name not in among:
                expected = f"one of {', '.join(among)}" if among else "no limit of a measure"
                raise InputError(f"{name} is not measured here", on=on, expected=expected, hint=_who_measures(name))

    def exceeded(self, values: Mapping[str, float | None]) -> tuple[str, ...]:
        """What of `values`, by the measures' names, is more than its limit and by how much; None is what was not measured.

        Only measures that are keys of `values` are judged: a limit that cannot be shown to hold does not hold.
        """
        found = []
        for name, most in self.most.items():
            if name not in values:
                continue
            one, value = MEASURES[name], values[name]
            if value is None:
                found.append(f"{name} was not measured, so that its limit of {one.shown(most)} holds is not shown")
            elif value > most:
                percent = f" ({100 * (value - most) / most:.1f} %)" if most else ""
                found.append(f"{name} is {one.shown(value)}, {one.shown(value - most)}{percent} more than its limit of {one.shown(most)}")
        return tuple(found)

    def reasons(self, accuracy: Mapping[str, float], by_output: Mapping[str, Mapping[str, float]] | None = None) -> tuple[str, ...]:
        """Why these accuracies are not enough, each output by itself; raises InputError where there is nothing to judge by.

        `by_output` is for models of several outputs, `accuracy` is then their mean.
        """
        if self.min_accuracy is None and self.max_drop is None:
            return ()
        parts = {f" at output '{name}'": values for name, values in by_output.items()} if by_output else {"": accuracy}
        return tuple(reason for where, values in parts.items() for reason in self._reasons(values, where))

    def require(self, vectors: Vectors, *, with_float: bool) -> None:
        """Raise InputError, before anything runs, where `vectors` have no labels to judge accuracy by, or a drop has no float model."""
        if self.min_accuracy is None and self.max_drop is None:
            return
        if not vectors.is_labelled:
            raise _no_labels(vectors.source)
        if self.max_drop is not None and not with_float:
            raise _no_float_model()

    def unjudged(self, by_output: Collection[str], names: Sequence[str]) -> tuple[str, ...]:
        """What to tell of the outputs `names` that are not in `by_output`, the accuracies by output, and so are not judged."""
        asked = [name for name, value in (("--min-accuracy", self.min_accuracy), ("--max-drop", self.max_drop)) if value is not None]
        bare = [name for name in names if name not in by_output] if asked and by_output else []
        return tuple(f"output '{name}' has no labels: {' and '.join(asked)} could not be checked for it" for name in bare)

    def _reasons(self, accuracy: Mapping[str, float], where: str) -> list[str]:
        found = []
        nearest = (*roles.must_be_equal(), roles.REFERENCE, roles.GOLDEN)
        judged = next((name for name in nearest if name in accuracy), None)
        if judged is None:
            raise _no_labels()
        reached = accuracy[judged]
        if self.min_accuracy is not None and reached < self.min_accuracy:
            found.append(f"accuracy of {judged}{where} is {reached:.4f}, below --min-accuracy {self.min_accuracy:g}")
        if self.max_drop is not None:
            if roles.FLOAT not in accuracy:
                raise _no_float_model()
            drop = accuracy[roles.FLOAT] - reached
            if drop > self.max_drop:
                found.append(f"{judged} is {drop:.4f} less accurate than the float model{where}, more than --max-drop {self.max_drop:g}")
        return found


def _no_labels(on: str | None = None) -> InputError:
    return InputError("no labels, so no accuracy", on=on, expected="--data with y, or y_<output> for each of several outputs")


def _no_float_model() -> InputError:
    return InputError("--max-drop needs the float model's accuracy", expected="--keras MODEL.keras")


def parse_limit(text: str | None, among: Sequence[str] = LIMITED, on: str = "--limit") -> dict[str, float]:
    """`--limit flash=64K,cycles=5M` as the largest value by measure; raises InputError for what is none, or stands there twice.

    `among` are the measures that the command knows: an unknown one is answered with these.
    """
    found: dict[str, float] = {}
    for term in () if text is None else text.split(","):
        name, equals, value = (part.strip() for part in term.partition("="))
        if not equals or not value:
            raise InputError(f"'{term.strip()}' is no limit", on=on, expected="NAME=VALUE, such as flash=64K,ram=20K")
        if name in LIMITED and name not in among:
            raise InputError(
                f"this command does not measure {name}", on=on, expected=f"one of {', '.join(among)}", hint=_who_measures(name)
            )
        one = measure(name, tuple(among))
        if name in found:
            raise InputError(f"{name} has two limits", on=on, expected="one of each measure")
        found[name] = one.parsed(value, on)
    return found


def _who_measures(name: str) -> str:
    return f"mcu bench measures {name}" if MEASURES[name].only_bench else f"mcu deploy, bench and verify measure {name}"
