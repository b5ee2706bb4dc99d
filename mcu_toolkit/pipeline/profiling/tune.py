"""`mcu tune`: measures the kernel variants of each layer on an emulated board and writes the best ones to a file beside the model.

Every build gives many layers another kernel variant at once, and the counting emulator reports what each layer took; so there are about
as many builds as the layer with the most variants has, not as many as there are variants.  A choice never takes a larger arena
than the default, and never more work in all: the whole is measured at last, and its outputs are proven like any deployment's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from mcu_toolkit import __version__
from mcu_toolkit.artifacts import CompiledModelInfo, Tuning
from mcu_toolkit.boards import Board, all_boards, load_board
from mcu_toolkit.build import compiler_of, require_tools
from mcu_toolkit.errors import InputError, NotSatisfiedError, UnsupportedModelError
from mcu_toolkit.firmware import NamedModel
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline import firmware
from mcu_toolkit.pipeline.profiling.bench import bench
from mcu_toolkit.pipeline.profiling.counting import can_count, count_inference
from mcu_toolkit.pipeline.profiling.tune_choice import best_variants, rounds, tune_table
from mcu_toolkit.pipeline.proof import device
from mcu_toolkit.pipeline.proof.job import Job
from mcu_toolkit.pipeline.workspace.inputs import choose_runtime, load_model, refuse_unsupported
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.samples import load_inputs
from mcu_toolkit.pipeline.workspace.step_result import StepResult, verdict_lines
from mcu_toolkit.pipeline.workspace.tune_file import Candidate, TunedLayer, TuneFile, tune_path, write_tune_file
from mcu_toolkit.report import LayerReport, Limits, Report
from mcu_toolkit.report.measures import MEASURES, OF_A_TUNING
from mcu_toolkit.runtimes import runtime_with
from mcu_toolkit.runtimes.base import ChoosesVariants, LayerVariants, PlansMemory, Runtime, RuntimeOptions
from mcu_toolkit.system.files import temporary_folder
from mcu_toolkit.system.process import require_tool, run
from mcu_toolkit.system.sinks import shell_command
from mcu_toolkit.units import format_percent

Variants = dict[int, str]
_SAMPLES = 3


@dataclass(frozen=True)
class TuneRequest:
    """The options of `mcu tune`."""

    model: Path
    board: str = "netduinoplus2"
    optimize: RuntimeOptions = field(default_factory=RuntimeOptions)
    output: Path | None = None
    """The file to write; the one beside the model if None."""
    limits: Limits = field(default_factory=Limits)
    """Of the whole inference with what was chosen, of measures in `OF_A_TUNING`."""


@dataclass(frozen=True)
class TuneResult:
    """What `mcu tune` chose, and what it measured."""

    model: NamedModel
    board: str
    """The emulated one that was measured."""
    core: str
    compiler: str
    unit: str
    """Of what is compared: `estimated_cycles` or `instructions`."""
    file: Path
    """Where the choice is kept."""
    layers: tuple[TunedLayer, ...]
    totals: Mapping[str, Mapping[str, int]]
    """Of the whole inference: `default` and `chosen`."""
    reasons: tuple[str, ...] = ()
    """Which limits the chosen ones exceed."""


@dataclass(frozen=True)
class _Session:
    """What all builds of one tuning share."""

    model: Model
    board: Board
    """The emulated one that measures."""
    runtime: Runtime
    job: Job
    progress: Progress

    def tuning(self, variants: Mapping[int, str]) -> Tuning:
        return Tuning(self.model.sha256, self.board.core, self.board.instruction_set, tuple(sorted(variants.items())))

    def with_variants(self, variants: Mapping[int, str]) -> Runtime:
        return cast(ChoosesVariants, self.runtime).tuned([self.tuning(variants)] if variants else [])

    def compiled(self, variants: Mapping[int, str]) -> CompiledModelInfo:
        """The model with these variants, before anything is built."""
        return cast(PlansMemory, self.with_variants(variants)).memory(self.model, self.board)

    def measured(self, variants: Mapping[int, str]) -> dict[int, LayerReport]:
        """Every layer of a build with these variants, by its (last) operator; raises NotSatisfiedError where it does not fit."""
        folder = device.project_folder(self.job.output)
        project, _ = firmware.ensure_generated([self.model], self.board, self.with_variants(variants), folder, force=False)
        firmware.ensure_built(project, self.board, self.progress, force=False)
        counted = count_inference(project, self.board, self.model, self.job.vectors, self.progress)
        return {layer.index: layer for layer in counted.layers}


def tune(request: TuneRequest, progress: Progress) -> StepResult[TuneResult]:
    """Measure, choose, prove and write the file.

    Raises InputError where no emulated board has the core, NotSatisfiedError where not even the default fits the board or the
    board's outputs are not the golden ones.
    """
    model = load_model(request.model)
    board = measuring_board(request.board)
    runtime = choose_runtime(runtime_with(lambda one: isinstance(one, ChoosesVariants)).name, board, request.optimize)
    assert isinstance(runtime, ChoosesVariants)
    refuse_unsupported(model, runtime, board)
    require_tools(board)
    with temporary_folder() as folder:
        job = Job(model, board, runtime, load_inputs(model, None, _SAMPLES, 0), folder / "tune")
        session = _Session(model, board, runtime, job, progress)
        offered = runtime.layer_variants(model, board)
        found = _measure(session, offered)
        default = _defaults(session)
        chosen = best_variants(found, offered, default, session.compiled)
        usual = _proven(session, {})
        reports = {"default": usual, "chosen": usual if chosen == default else _proven(session, chosen)}
    if _cost(reports["chosen"]) > _cost(reports["default"]):
        progress.note("together the chosen kernel variants take more than the default ones: the default ones are kept")
        chosen, reports["chosen"] = default, reports["default"]
    path = request.output or tune_path(request.model, board.core)
    file = _file(session, chosen, default, found, reports)
    write_tune_file(path, file)
    return _result(file, path, request, session, found)


def measuring_board(name: str) -> Board:
    """The board itself where an emulator can count on it, else the first emulated one with the same core.

    Raises InputError where there is none.
    """
    board = load_board(name)
    like = (board, *all_boards())
    for one in like:
        if can_count(one) and (one.core, one.instruction_set) == (board.core, board.instruction_set):
            return one
    cores = ", ".join(sorted({one.core for one in all_boards() if can_count(one)}))
    raise InputError(f"no emulated board has its core, {board.core}", on=board.id, expected=f"a board with one of {cores}")


def _measure(session: _Session, offered: Mapping[int, LayerVariants]) -> dict[int, dict[str, Candidate]]:
    """What every variant of every layer takes; those that do not fit the board are left out."""
    found: dict[int, dict[str, Candidate]] = {}
    planned = list(rounds(offered))
    for number, variants in enumerate(planned, 1):
        session.progress.stage(f"measuring kernel variants on {session.board.id}, {number} of {len(planned)}")
        for layer in _measured_or_halves(session, variants, offered):
            candidate = _candidate(layer)
            found.setdefault(layer.index, {}).setdefault(candidate.variant, candidate)
    return found


def _measured_or_halves(session: _Session, variants: Variants, offered: Mapping[int, LayerVariants]) -> Iterable[LayerReport]:
    """One build, or where that does not fit the board two with half of the unusual variants each, and so on."""
    try:
        return list(session.measured(variants).values())
    except NotSatisfiedError:
        unusual = [layer for layer, variant in variants.items() if variant != offered[layer].alone[0]]
        if not unusual:  # joined as without a choice, the model may need less memory
            return list(session.measured({}).values())
        if len(unusual) == 1:
            session.progress.note(f"layer {unusual[0]}: {variants[unusual[0]]} does not fit {session.board.id}")
            return []
    half = len(unusual) // 2
    parts = []
    for kept in (unusual[:half], unusual[half:]):
        usual = {
            layer: variant if layer in kept or layer not in unusual else offered[layer].alone[0] for layer, variant in variants.items()
        }
        parts += list(_measured_or_halves(session, usual, offered))
    return parts


def _candidate(layer: LayerReport) -> Candidate:
    return Candidate(
        variant=layer.kernel_variant or "",
        instructions=layer.instructions or 0,
        estimated_cycles=layer.estimated_cycles,
        code_bytes=layer.code_bytes or 0,
        weights_bytes=layer.weights_bytes or 0,
        ram_bytes=layer.ram_bytes or 0,
    )


def _defaults(session: _Session) -> Variants:
    return {layer.index: layer.variant for layer in session.compiled({}).layers}


def _proven(session: _Session, variants: Variants) -> Report:
    """The whole with these variants, proven and counted; raises UnsupportedModelError where its outputs are wrong."""
    job = Job(session.model, session.board, session.with_variants(variants), session.job.vectors, session.job.output)
    report = bench(job, session.progress)
    if report.verdict == "fail":
        raise UnsupportedModelError(
            f"the firmware with {'the chosen' if variants else 'the default'} kernel variants gives wrong outputs: "
            f"{'; '.join(report.reasons)}",
            on=session.model.name,
            hint="mcu verify --per-layer finds the layer; please report it",
        )
    return report


def _cost(report: Report) -> int:
    return report.estimated_cycles or sum(function.instructions for function in report.functions)


def _file(
    session: _Session,
    chosen: Variants,
    default: Variants,
    found: Mapping[int, Mapping[str, Candidate]],
    reports: Mapping[str, Report],
) -> TuneFile:
    operators = {op.index: op.name for op in session.model.main.ops}
    merged = {layer.index: layer.merged for layer in session.compiled(chosen).layers}
    layers = tuple(
        TunedLayer(
            index=index,
            operator=operators[index],
            variant=chosen[index],
            default=default.get(index, "merged"),
            candidates=tuple(sorted(found.get(index, {}).values(), key=lambda one: one.cost)),
            merged=numbers,
        )
        for index, numbers in sorted(merged.items())
    )
    return TuneFile(
        tuning=session.tuning({layer.index: layer.variant for layer in layers}),
        model_name=session.model.name,
        toolkit=__version__,
        board=session.board.id,
        compiler=_compiler(session.board),
        optimize=session.runtime.settings(session.board).split()[0],
        layers=layers,
        totals={name: _totals(report) for name, report in reports.items()},
    )


def _totals(report: Report) -> dict[str, int]:
    size = report.footprint
    assert size is not None
    figures = {
        "instructions": sum(function.instructions for function in report.functions),
        "estimated_cycles": report.estimated_cycles,
        "code_bytes": size.code_bytes,
        "weights_bytes": size.weights_bytes,
        "arena_bytes": size.arena_bytes,
        "ram_bytes": size.ram_bytes + (report.stack_bytes or 0),
    }
    return {name: value for name, value in figures.items() if value is not None}


def _compiler(board: Board) -> str:
    program = require_tool(compiler_of(board).program, hint="install the compiler of the board")
    return run([program, "--version"]).output.splitlines()[0]


def _result(
    file: TuneFile, path: Path, request: TuneRequest, session: _Session, found: Mapping[int, Mapping[str, Candidate]]
) -> StepResult[TuneResult]:
    totals = file.totals["chosen"]
    values = {name: totals.get("estimated_cycles" if name == "cycles" else MEASURES[name].field) for name in OF_A_TUNING}
    reasons = request.limits.on(file.board).exceeded(values)
    unit = "estimated cycles" if "estimated_cycles" in file.totals["chosen"] else "instructions"
    key = unit.replace(" ", "_")
    before, after = file.totals["default"][key], file.totals["chosen"][key]
    changed = sum(layer.variant != layer.default for layer in file.layers)
    lines = (
        *tune_table(file, found, session.model),
        "",
        f"{unit}: {after:,} with the chosen kernel variants, {before:,} with the default ones ({format_percent(after / before - 1)})",
        f"{changed} of {len(file.layers)} layers get another kernel variant; measured on {file.board}, {file.compiler}",
        f"choice: {path}",
        *verdict_lines(reasons),
    )
    result = TuneResult(
        model=NamedModel(file.model_name, file.tuning.model_sha256),
        board=file.board,
        core=file.tuning.core,
        compiler=file.compiler,
        unit=key,
        file=path,
        layers=file.layers,
        totals=file.totals,
        reasons=reasons,
    )
    command = shell_command("mcu", "deploy", request.model, "--board", file.board)
    return StepResult("tune", lines, result, next_command=command, verdict="fail" if reasons else "pass")
