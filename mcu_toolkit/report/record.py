"""The record of a validation or a run on a board.  JSON, text and every other form are views of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from mcu_toolkit.artifacts import Comparison, Divergence, Footprint, Level, Metrics, RegressionScore, RunResult, Scores
from mcu_toolkit.artifacts.contract import names_in_keras
from mcu_toolkit.boards import CycleBand
from mcu_toolkit.errors import InputError
from mcu_toolkit.model import Model, input_names, output_names
from mcu_toolkit.report.cycles import Cycles
from mcu_toolkit.report.details import Details
from mcu_toolkit.report.difference import Difference
from mcu_toolkit.report.limits import Limits
from mcu_toolkit.report.measures import MEASURES
from mcu_toolkit.report.parts import (
    Cross,
    Durations,
    FrontendReport,
    FunctionReport,
    LayerReport,
    NotRun,
    PortReport,
    SampleOutputs,
    Watermarks,
)
from mcu_toolkit.report.shown import ShownReport
from mcu_toolkit.runners import roles
from mcu_toolkit.version import __version__

NOT_COMPARED_WITH_TFLM = "not compared with TFLM"
"""What stands behind the golden runner's name where nothing in the report was compared with TFLM's interpreter."""
RECORDED = roles.RECORDED
_LITERT_ROUNDING_LSB = 1
"""LiteRT rounds once where TFLM rounds twice: a correct operator may differ by this much."""

_UNJUDGED = "nothing was judged: neither compiled code nor a board was compared with another interpreter that is right about this model"

Verdict = Literal["pass", "fail"]


@dataclass(frozen=True, repr=False)
class Report(ShownReport):
    """One model, what it was run on, how its runners compare, and the verdict.  docs/report-schema.json describes the JSON form."""

    verdict: Verdict
    model_name: str
    model_sha256: str
    golden: str
    """The runner that everything is judged by: TFLM's interpreter, or our compiled code where that is not available (runners/roles.py)."""
    board: str | None = None
    runtime: str | None = None
    comparisons: tuple[Comparison, ...] = ()
    accuracy: Mapping[str, float] = field(default_factory=dict)
    """Share of correct classes by runner; empty without labels."""
    accuracy_by_output: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """The same for each output that has labels, where the model has several."""
    scores: Scores = field(default_factory=Scores)
    """Of every runner against the labels; empty without them."""
    inputs: tuple[PortReport, ...] = ()
    outputs: tuple[PortReport, ...] = ()
    metrics: Mapping[str, Metrics] = field(default_factory=dict)
    """Distance of a runner's outputs from the golden runner's, by runner (first output)."""
    reasons: tuple[str, ...] = ()
    """Why the verdict is no, one sentence each; empty where it is yes."""
    notes: tuple[str, ...] = ()
    """What else the reader must know."""
    not_run: tuple[NotRun, ...] = ()
    """Runners that could not take part: what they would have said is not known."""
    instructions: int | None = None
    """Per inference, on an emulated board: the median."""
    latency_us: float | None = None
    """Per inference, on real hardware: the median."""
    estimated_cycles: int | None = None
    """Per inference, on an emulated board: its instructions at the cost that the core's manual gives them, without wait states."""
    cycle_band: CycleBand | None = None
    """How many cycles the board takes by that count, or by `instructions` where the manual gives no costs."""
    measured_cycles: int | None = None
    """Per inference, on real hardware whose counter is the core's: the median."""
    stack_bytes: int | None = None
    """Used: the high-water mark on the board, of start-up, command loop and inference."""
    stack_reserved_bytes: int | None = None
    """What the board sets aside for the stack."""
    build_id: str | None = None
    """The build id of the image that ran, as its firmware reported it."""
    footprint: Footprint | None = None
    layers: tuple[LayerReport, ...] = ()
    macs: int | None = None
    """Multiply-accumulates of one inference."""
    functions: tuple[FunctionReport, ...] = ()
    """Where the instructions of an inference are, the most expensive function first."""
    glue: FunctionReport | None = None
    """What an inference executes outside of `layers`: with it their instructions are those of `functions`."""
    frontend: FrontendReport | None = None
    """Of a model that holds a front end for sound, on an emulated board."""
    cross: tuple[Cross, ...] = ()
    """Every pair of runners, and every runner with the labels."""
    durations: Durations | None = None
    watermarks: Watermarks | None = None
    clock_hz: int | None = None
    """Of the board's core; None where it has none (emulated)."""
    unknown: Mapping[str, str] = field(default_factory=dict)
    """What a run on a board should say and does not, and why: `flash left` -> the reason."""
    divergence: Divergence | None = None
    """The first tensor that differs, where the proof layer by layer found one."""
    difference: Difference | None = None
    """From the report that the run was compared with."""
    details: Details | None = None
    """What a page draws; None where it was not looked at."""
    outputs_of_samples: tuple[SampleOutputs, ...] = ()
    """Of a few samples, where --outputs asked for them."""
    files: tuple[Path, ...] = ()
    """Further files that the run wrote."""
    toolkit_version: str = __version__

    def __post_init__(self) -> None:
        if (self.verdict == "fail") != bool(self.reasons):
            raise InputError("a report says 'fail' exactly where it gives reasons", on=self.model_name)

    @property
    def compared_with_tflm(self) -> bool:
        """True where TFLM's interpreter judged, or something was compared with it."""
        return roles.GOLDEN in (self.golden, *(name for found in self.comparisons for name in (found.a, found.b)))

    @property
    def cycles(self) -> Cycles | None:
        """What an inference takes of the core's clock, and how that is known."""
        measured = Cycles.of(self.measured_cycles, None)
        return measured or Cycles.estimated(self.instructions, self.estimated_cycles, self.cycle_band)

    @classmethod
    def of_host_run(
        cls,
        model: Model,
        golden: str,
        comparisons: Sequence[Comparison],
        accuracy: Mapping[str, float],
        notes: Sequence[str] = (),
        *,
        accuracy_by_output: Mapping[str, Mapping[str, float]] | None = None,
        limits: Limits | None = None,
    ) -> Report:
        """The report of a run on this machine: `pass` where our compiled code equals the golden runner byte for byte, or as
        nearly as `limits` say, and is as accurate."""
        limits = limits or Limits()
        reasons = (*_reasons(comparisons, limits.max_lsb), *limits.reasons(accuracy, accuracy_by_output))
        notes = (*notes, *limits.unjudged(accuracy_by_output or {}, output_names(model)))
        keras_names = names_in_keras(model)
        if not any(_judges(comparison, golden) for comparison in comparisons):
            reasons = (*reasons, _UNJUDGED)
        return cls(
            verdict="fail" if reasons else "pass",
            model_name=model.name,
            model_sha256=model.sha256,
            golden=golden,
            comparisons=tuple(comparisons),
            accuracy=dict(accuracy),
            accuracy_by_output=dict(accuracy_by_output or {}),
            inputs=tuple(PortReport(*names) for names in zip(input_names(model), keras_names.inputs, strict=True)),
            outputs=tuple(PortReport(*names) for names in zip(output_names(model), keras_names.outputs, strict=True)),
            reasons=reasons,
            notes=tuple(notes),
        )

    @classmethod
    def of_device_run(
        cls,
        *,
        model: Model,
        board: str,
        runtime: str,
        golden: str,
        comparisons: Sequence[Comparison],
        accuracy: Mapping[str, float],
        result: RunResult,
        notes: Sequence[str] = (),
        accuracy_by_output: Mapping[str, Mapping[str, float]] | None = None,
        limits: Limits | None = None,
    ) -> Report:
        """The report of a run on a board: `pass` where the board (and our code on the host) equals the golden runner byte for byte.

        `result` is the board's; its ticks become `instructions` or `latency_us`, by its unit, as the median of all samples.
        Raises InputError where no comparison is of the board: there would be nothing to pass.
        """
        if not any(comparison.a == result.runner for comparison in comparisons):
            raise InputError("no comparison with the board's outputs", on=model.name)
        host = cls.of_host_run(model, golden, comparisons, accuracy, notes, accuracy_by_output=accuracy_by_output, limits=limits)
        ticks = _median(result)
        reported = result.device
        has_watermark = reported is not None and reported.stack_reserved_bytes > 0
        return replace(
            host,
            board=board,
            runtime=runtime,
            instructions=int(ticks) if ticks is not None and result.tick_unit == "instructions" else None,
            measured_cycles=int(ticks) if ticks is not None and result.tick_unit == "cycles" else None,
            latency_us=ticks if result.tick_unit == "us" else None,
            stack_bytes=reported.stack_used_bytes if reported is not None and has_watermark else None,
            stack_reserved_bytes=reported.stack_reserved_bytes if reported is not None and has_watermark else None,
            build_id=None if reported is None else reported.build_id,
        )

    def with_work(
        self,
        macs: int,
        estimated_cycles: int | None = None,
        functions: tuple[FunctionReport, ...] = (),
        cycle_band: CycleBand | None = None,
    ) -> Report:
        """This report with what an inference takes: multiply-accumulates, and what was counted on an emulator."""
        estimated, band = estimated_cycles or self.estimated_cycles, cycle_band or self.cycle_band
        return replace(self, macs=macs, estimated_cycles=estimated, functions=functions, cycle_band=band)

    def with_frontend(self, frontend: FrontendReport | None) -> Report:
        """This report with what the front end takes."""
        return replace(self, frontend=frontend)

    def with_layer_work(self, layers: Sequence[LayerReport], glue: FunctionReport | None = None) -> Report:
        """This report with what each layer takes, and what is executed outside of them."""
        return replace(self, layers=tuple(layers), glue=glue)

    def with_layers(self, layers: Sequence[LayerReport], divergence: Divergence | None, notes: Sequence[str] = ()) -> Report:
        """This report with the proof layer by layer: a divergence is a no; where there is none the board's parity has a stronger name."""
        reasons = (*self.reasons, *(() if divergence is None else (str(divergence),)))
        comparisons = self.comparisons
        if divergence is None:
            comparisons = tuple(
                replace(found, level=Level.LAYERS_EQUAL) if found.a == roles.DEVICE and found.level is Level.BYTE_EQUAL else found
                for found in comparisons
            )
        return replace(
            self,
            verdict="fail" if reasons else "pass",
            comparisons=comparisons,
            reasons=reasons,
            notes=(*self.notes, *notes),
            layers=tuple(layers),
            divergence=divergence,
        )

    def with_reasons(self, reasons: Sequence[str]) -> Report:
        """This report with more that speaks against it; the same where there is nothing."""
        return replace(self, verdict="fail", reasons=(*self.reasons, *reasons)) if reasons else self

    def measured(self, name: str) -> float | None:
        """The value of a measure (report/measures.py), None where it was not measured; not for accuracy."""
        if name == "cycles":
            return None if self.cycles is None else self.cycles.most
        if name == "rmse":
            errors = (self.scores.overall[runner] for runner in roles.nearest_to_the_board() if runner in self.scores.overall)
            return next((score.rmse for score in errors if isinstance(score, RegressionScore)), None)
        found = getattr(self, MEASURES[name].field, None)
        return getattr(self.footprint, MEASURES[name].field, None) if found is None else found

    def within(self, limits: Limits, names: Iterable[str]) -> Report:
        """This report judged by the limits of the measures `names`: one that is exceeded is a no."""
        return self.with_reasons(limits.exceeded({name: self.measured(name) for name in names}))

    def with_not_run(self, not_run: Sequence[NotRun]) -> Report:
        """This report with the runners that could not take part."""
        return replace(self, not_run=(*self.not_run, *not_run))

    def with_footprint(self, footprint: Footprint) -> Report:
        """This report with the size of the image that was built."""
        return replace(self, footprint=footprint)


def _judges(found: Comparison, golden: str) -> bool:
    """True where a comparison can say that our code is right.  Where that is the golden runner itself: LiteRT's, if it agrees."""
    if found.a == roles.SECOND_OPINION and golden in _judged():
        return found.max_lsb <= _LITERT_ROUNDING_LSB
    return found.a in roles.must_be_equal()


def _judged() -> tuple[str, ...]:
    """Runners that must equal the golden one byte for byte, and the golden one's earlier outputs."""
    return (*roles.must_be_equal(), RECORDED)


def _reasons(comparisons: Sequence[Comparison], max_lsb: int = 0) -> tuple[str, ...]:
    return tuple(
        f"{found.a} differs from {found.b} in {found.differing_samples:,} of {found.samples:,} samples "
        f"({found.differing_bytes:,} bytes, by up to {found.max_lsb:,} LSB)"
        for found in comparisons
        if found.a in _judged() and found.differing_bytes and found.max_lsb > max_lsb
    )


def _median(result: RunResult) -> float | None:
    """The middle one of the sorted ticks (the lower of two): a value that was measured, not a mean of two."""
    if result.ticks is None or not len(result.ticks):
        return None
    ordered = sorted(int(tick) for tick in result.ticks)
    return float(ordered[(len(ordered) - 1) // 2])
