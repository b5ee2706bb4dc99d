"""What a report is made of: inputs and outputs, layers, functions, pairs of runners, durations, high-water marks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mcu_toolkit.artifacts import Level
from mcu_toolkit.boards import CycleBand
from mcu_toolkit.report.cycles import Cycles
from mcu_toolkit.system.records import named, without_empty


@dataclass(frozen=True)
class PortReport:
    """An input or output of the model: what it is called everywhere, and in Keras where that is known."""

    name: str
    keras_name: str | None = None


@dataclass(frozen=True)
class LayerReport:
    """One operator: where it is and what was measured of it."""

    index: int
    operator: str
    instructions: int | None = None
    differing_bytes: int | None = None
    max_lsb: int | None = None
    estimated_cycles: int | None = None
    """From the instructions that ran."""
    measured_cycles: int | None = None
    """By the board's own counter."""
    latency_us: int | None = None
    tensor: int | None = None
    """The tensor it produced, by its number in the model's first graph."""
    name: str | None = None
    """Of that tensor."""
    size_bytes: int | None = None
    differing_samples: int | None = None
    """Samples in which the tensor's CRC-32 on the board is not the golden interpreter's."""
    merged: tuple[int, ...] = ()
    """Further operators that the board does in the same step: the group is verified at its output."""
    kernel_variant: str | None = field(default=None, metadata=named("scheme"))
    """How it is done: the runtime's name of it."""
    macs: int | None = None
    """Multiply-accumulates, those of merged operators included."""
    code_bytes: int | None = None
    """Of the functions that it runs; layers of one kind share them."""
    weights_bytes: int | None = None
    ram_bytes: int | None = None
    """Of the arena, while it runs: all tensors that are needed then, and its scratch memory."""
    rows: int | None = None
    """Of the output, that the group makes at a time, where it is done row by row."""

    @property
    def cycles(self) -> Cycles | None:
        """What it takes of the core's clock, and how that is known."""
        return Cycles.of(self.measured_cycles, self.estimated_cycles)


@dataclass(frozen=True)
class NotRun:
    """A runner that should have taken part and could not."""

    runner: str
    """As comparisons name it (runners/roles.py)."""
    why: str
    """What its error says: it may have several lines."""


@dataclass(frozen=True)
class FunctionReport:
    """One function of the firmware: what an inference executes of it, and the cycles that costs by estimate."""

    name: str
    instructions: int
    estimated_cycles: int | None = None


@dataclass(frozen=True)
class FrontendReport:
    """The front end in a model's file: what a second of sound takes on an emulated board, where its features were the host's."""

    frames: int
    """In a second."""
    instructions: int
    """Of all of them together."""
    estimated_cycles: int | None = None
    """The same weighted by the core's manual; None where it gives no cycles of single instructions."""
    cycle_band: CycleBand | None = None
    """What a board takes per cycle that was counted; None where nothing is known of its core."""

    @property
    def cycles(self) -> Cycles | None:
        """What a second of sound takes of the core's clock, and how that is known."""
        return Cycles.estimated(self.instructions, self.estimated_cycles, self.cycle_band)

    @property
    def text(self) -> str:
        """For people."""
        cycles = "" if self.cycles is None else f", {self.cycles.text}"
        return f"{self.instructions:,} instructions for a second of sound, {self.frames} frames{cycles}"

    def plain_form(self) -> object:
        """Its fields by name, with `cycles` instead of the band that they come from."""
        known = {"frames": self.frames, "instructions": self.instructions, "estimated_cycles": self.estimated_cycles}
        cycles = {} if self.cycles is None else {"cycles": without_empty(self.cycles)}
        return {name: value for name, value in known.items() if value is not None} | cycles


@dataclass(frozen=True)
class Cross:
    """Two runners, or a runner and the labels, side by side."""

    a: str
    b: str
    same_class: float | None
    """Share of samples with the same class; None where the output is no classifier's."""
    level: Level | None
    """None for the labels."""
    max_lsb: int | None


@dataclass(frozen=True)
class Durations:
    """How long the inferences of a run took on the board: nearest-rank percentiles."""

    unit: str
    """`instructions`, `cycles` or `us`."""
    samples: int
    min: int
    median: int
    p95: int
    p99: int
    max: int


@dataclass(frozen=True)
class Watermarks:
    """What was used of the board's memories at most, and what is left; None where it is not known."""

    stack_reserved_bytes: int | None = None
    stack_used_bytes: int | None = None
    arena_bytes: int | None = None
    arena_used_bytes: int | None = None
    ram_left_bytes: int | None = None
    """RAM without stack and variables."""
    flash_left_bytes: int | None = None


@dataclass(frozen=True)
class SampleOutputs:
    """What runners computed for one sample."""

    index: int
    outputs: Mapping[str, Mapping[str, tuple[float, ...]]]
    """By runner and output: its first values as stored, real ones of the float model."""
    labels: Mapping[str, int]
    """By output, of those that have classes for labels."""
