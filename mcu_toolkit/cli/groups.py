"""Options that commands take together, and what they make of them: records for `option_records.with_records`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mcu_toolkit.cli import options as opt

if TYPE_CHECKING:
    from mcu_toolkit.report import Limits
    from mcu_toolkit.runtimes import RuntimeOptions


@dataclass(frozen=True)
class Target:
    """What a model runs on."""

    board: opt.BoardId = None
    runtime: opt.RuntimeName = None

    def for_model(self, context: typer.Context, model: Path) -> tuple[str | None, str | None]:
        """(board, runtime); None where only mcu.toml gives it and `model` is a project, which has its own."""
        return opt.unless_project(context, "board", self.board, model), opt.unless_project(context, "runtime", self.runtime, model)


@dataclass(frozen=True)
class Inputs:
    """What a model is run with."""

    data: opt.DataFile = None
    random: opt.RandomCount = None
    seed: opt.Seed = 0


@dataclass(frozen=True)
class Samples(Inputs):
    """The same, of which a part may be enough."""

    samples: opt.SampleCount = None

    @property
    def given(self) -> tuple[Path | None, int | None, int, int | None]:
        """In the order in which requests have them."""
        return self.data, self.random, self.seed, self.samples


@dataclass(frozen=True)
class Build:
    """How a runtime makes a model's code."""

    tflm_library: opt.TflmLibrary = None
    kernels: opt.KernelChoice = None
    optimize: opt.OptimizeFor = None
    max_arena: opt.MaxArena = None

    def choices(self) -> RuntimeOptions:
        """The choices, checked."""
        from mcu_toolkit.pipeline.workspace.inputs import runtime_options

        return runtime_options(self.tflm_library, self.kernels, self.optimize, self.max_arena)


@dataclass(frozen=True)
class Accepted:
    """How far outputs may be from what they should be."""

    max_lsb: opt.MaxLsb = 0
    min_accuracy: opt.MinAccuracy = None
    max_drop: opt.MaxDrop = None

    def of_outputs(self) -> Limits:
        """The limits of a run without a board."""
        from mcu_toolkit.report import Limits

        return Limits(self.max_lsb, self.min_accuracy, self.max_drop)


@dataclass(frozen=True)
class Gate(Accepted):
    """The same, and the most that a board may spend."""

    limit: opt.Limit = None

    def limits(self, among: Sequence[str]) -> Limits:
        """What is accepted, with what mcu.toml says of boards; `among` are the measures that the command knows."""
        return opt.limits_of(self.limit, among, of_outputs=self.of_outputs())


@dataclass(frozen=True)
class Regression:
    """What a run is compared with."""

    baseline: opt.Baseline = None
    fail_on: opt.FailOn = None


@dataclass(frozen=True)
class Shown:
    """Where the result goes, and how much is said on the way."""

    json: opt.JsonFile = None
    verbose: opt.Verbose = False
    quiet: opt.Quiet = False


@dataclass(frozen=True)
class ShownBriefly:
    """The same for commands whose tables are shown on request only."""

    json: opt.JsonFile = None
    verbose: opt.Details = False
    quiet: opt.Quiet = False
