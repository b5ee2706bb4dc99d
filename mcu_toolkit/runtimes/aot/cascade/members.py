"""What a layer of a cascade does in each turn: for a few turns at the ends something of its own, in between always the same."""

from __future__ import annotations

from dataclasses import dataclass

from mcu_toolkit.runtimes.aot.cascade.bands import Band, Bands, have_equal_constants
from mcu_toolkit.runtimes.aot.cascade.schedule import Schedule
from mcu_toolkit.runtimes.aot.cascade.windows import row_inputs
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator


@dataclass(frozen=True)
class Rows:
    """A place in a tensor: row `first` + turn * `step`."""

    first: int
    step: int

    @classmethod
    def at(cls, turn: int, row: int, step: int) -> Rows:
        """The place that is `row` in `turn`."""
        return cls(row - turn * step, step)


@dataclass(frozen=True)
class Act:
    """What a layer does in a turn, but for the turn's number."""

    band: Band
    skipped: int
    """Rows of the turn that lie before the image."""
    written: Rows
    """In the output, of the image's rows."""
    read: Rows | None
    """In a tensor from before the cascade that is read directly."""


@dataclass(frozen=True)
class Phase:
    """Turns `first` .. `last`, in which a layer does the same."""

    first: int
    last: int
    act: Act
    step: LoweredOperator


@dataclass(frozen=True)
class Member:
    """A layer of the cascade."""

    number: int
    """Of the operator in the model."""
    phases: tuple[Phase, ...]

    @property
    def steps(self) -> tuple[LoweredOperator, ...]:
        """Of the phases; they differ in records alone."""
        return tuple(phase.step for phase in self.phases)


def plan_member(bands: Bands, schedule: Schedule, number: int) -> Member | None:
    """Layer `number`; None where it cannot run on bands of rows, or has other constants for other rows."""
    acts: list[tuple[int, int, Act]] = []
    alike = _turns_alike(bands, schedule, number)
    for turns in (*((turn, turn) for turn in range(alike[0])), alike, *((turn, turn) for turn in range(alike[1] + 1, schedule.turns))):
        act = _act(bands, schedule, number, turns[0]) if turns[0] <= turns[1] else None
        if act is None:
            continue
        if acts and acts[-1][2] == act:
            acts[-1] = (acts[-1][0], turns[1], act)
        else:
            acts.append((*turns, act))
    phases: list[Phase] = []
    for first, last, act in acts:
        step = bands.lower(number, act.band)
        if step is None or any(not have_equal_constants(step, phase.step) for phase in phases):
            return None
        phases.append(Phase(first, last, act, step))
    return Member(number, tuple(phases))


def _turns_alike(bands: Bands, schedule: Schedule, number: int) -> tuple[int, int]:
    """First and last of the turns in which neither the rows that are made nor those that are read directly leave the image.

    The layer does the same in all of them.  Where there are none: (n, n - 1).
    """
    view, window = bands.views[number], bands.window(number)
    flow = schedule.flows[view.op.outputs[0]]
    lowest, highest = 0, flow.height - flow.step  # of the first row of a turn
    if any((view.op.index, tensor) in schedule.direct for tensor in row_inputs(view)):
        lowest = max(lowest, -(-window.pad // window.stride))
        highest = min(highest, (view.input(0).shape[1] - window.band(flow.step) + window.pad) // window.stride)
    first = min(max(0, -((flow.start - lowest) // flow.step)), schedule.turns)
    last = min((highest - flow.start) // flow.step, schedule.turns - 1)
    return first, max(last, first - 1)


def _act(bands: Bands, schedule: Schedule, number: int, turn: int) -> Act | None:
    view, window = bands.views[number], bands.window(number)
    flow = schedule.flows[view.op.outputs[0]]
    rows = flow.rows(turn)
    if not rows:
        return None
    written = Rows.at(turn, rows.start, flow.step)
    skipped = rows.start - (flow.start + turn * flow.step)
    band = Band(len(rows), window.band(len(rows)))
    read = None
    if any((view.op.index, tensor) in schedule.direct for tensor in row_inputs(view)):
        low = rows.start * window.stride - window.pad
        high = min(low + band.input_rows, view.input(0).shape[1])
        band = Band(len(rows), high - max(low, 0), max(0, -low))
        read = Rows.at(turn, max(low, 0), flow.step * window.stride)
    return Act(band, skipped, written, read)
