"""The host's side of the proof: run every interpreter there is and compare each with the golden one."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mcu_toolkit.artifacts import Comparison, RunResult, Vectors
from mcu_toolkit.artifacts.contract import contract_of_model
from mcu_toolkit.artifacts.profile import FEWEST_SAMPLES
from mcu_toolkit.boards import load_board
from mcu_toolkit.build import build_host_library
from mcu_toolkit.errors import McuError, ToolError, UnsupportedModelError
from mcu_toolkit.firmware import export_sources
from mcu_toolkit.model import Model
from mcu_toolkit.model.own_operators import has_own_operators
from mcu_toolkit.optional_packages import install_command, tflm_is_published_here
from mcu_toolkit.pipeline.inspection.label_check import label_notes
from mcu_toolkit.pipeline.inspection.quality import drop_notes
from mcu_toolkit.pipeline.proof.accuracies import Accuracies, accuracies, with_scores
from mcu_toolkit.pipeline.proof.details import with_run_details
from mcu_toolkit.pipeline.proof.outputs import with_outputs
from mcu_toolkit.pipeline.proof.predictions import with_predictions
from mcu_toolkit.pipeline.proof.report_details import with_distances
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.quantize import check_against_profile
from mcu_toolkit.report import RECORDED, Limits, NotRun, Report
from mcu_toolkit.runners import AotHostRunner, KerasRunner, LiteRtRunner, TflmRunner, roles, tflm_is_installed
from mcu_toolkit.runners.base import Runner
from mcu_toolkit.runners.litert import require_litert
from mcu_toolkit.runners.reference.runner import ReferenceRunner, golden_interpreter, golden_interpreter_name
from mcu_toolkit.runners.tflm import AbortedError, RefusedError
from mcu_toolkit.runtimes import DEFAULT_RUNTIME, Runtime, all_runtimes, get_runtime
from mcu_toolkit.system.confined import folder_inside, path_inside
from mcu_toolkit.system.files import temporary_folder
from mcu_toolkit.validate import compare, inputs_for, quantize_outputs, real_inputs_for

_HOST_FOLDER = "host"
"""Below the folder of a validation: our code for this machine."""


@dataclass(frozen=True)
class HostValidation:
    """What the host's runners computed."""

    golden: RunResult
    comparisons: tuple[Comparison, ...]
    """Every other integer runner against the golden one."""
    accuracy: Accuracies = field(default_factory=Accuracies)
    results: Mapping[str, RunResult] = field(default_factory=dict)
    """Of every runner by its name; the float model's are real values."""
    notes: tuple[str, ...] = ()
    """What was found out about the inputs, and where the golden runner is not TFLM, why."""
    not_run: tuple[NotRun, ...] = ()
    """Runners that could not take part, and why."""


def golden_name(model: Model | None = None) -> str:
    """The golden runner, of `model` if given: an interpreter where TFLM's is installed, else our compiled code."""
    if not tflm_is_installed():
        return roles.stand_in()
    return roles.GOLDEN if model is None else golden_interpreter_name(model)


def golden_notes() -> tuple[str, ...]:
    """What a result says where the golden runner is not TFLM's interpreter because that is not installed, and why; else nothing."""
    if tflm_is_installed():
        return ()
    if tflm_is_published_here():
        installing = install_command()
        return (f"golden: {roles.stand_in()}, not compared with TFLM: TensorFlow Lite Micro's interpreter is not installed; {installing}",)
    return (f"golden: {roles.stand_in()}, not compared with TFLM: TensorFlow Lite Micro's interpreter is not published for this system",)


def validate(
    model: Model,
    vectors: Vectors,
    progress: Progress,
    *,
    keras: Path | None = None,
    limits: Limits | None = None,
    predictions: Path | None = None,
    outputs: Path | None = None,
) -> Report:
    """`mcu validate`: every interpreter of this machine and our compiled code against the golden one.

    `outputs` is the file for every runner's outputs; None: nowhere.
    `predictions` is the folder for `predictions.png` and `predictions.json`; None: nowhere.

    Raises ToolError where no interpreter is installed: our code alone would be its own judge.
    """
    if not tflm_is_installed():
        require_litert("mcu validate")
    if limits is not None:
        limits.require(vectors, with_float=keras is not None)
    progress.stage(f"validating {model.name} ({len(vectors)} samples)")
    with temporary_folder() as work:
        result = validate_on_host(model, vectors, work, progress, keras=keras)
    report = Report.of_host_run(
        model,
        result.golden.runner,
        result.comparisons,
        result.accuracy.overall,
        result.notes,
        accuracy_by_output=result.accuracy.by_output,
        limits=limits,
    )
    report = report.with_not_run(result.not_run)
    report = with_scores(with_distances(report, result.results, model, vectors), result.results, model, vectors)
    report = with_run_details(report, result.results, model, vectors)
    report = with_outputs(report, outputs, result.results, model, vectors)
    return with_predictions(report, predictions, result.results, model, vectors)


def validate_on_host(model: Model, vectors: Vectors, work: Path, progress: Progress, *, keras: Path | None = None) -> HostValidation:
    """Run `vectors` through TFLM's interpreter, LiteRT, our compiled code and (given `keras`) the float model.

    `work` is a folder for the compiled code.  The golden runner is TFLM; only where its package is not installed it is our
    compiled code, which is proved equal to TFLM wherever TFLM is.  Another runner that could not run is named with its reason.
    A model that TFLM refuses, but LiteRT and our compiler take (operators that are "AOT only"), has no golden interpreter as a
    whole: TFLM and LiteRT each are right about some operators only.  Our code is the golden runner then, and a note says so; the
    same where TFLM's interpreter aborts over the values.
    Where LiteRT does not take it either, nothing would be proved, which is an error.
    Raises the golden runner's error: UnsupportedModelError where it refuses the model, ToolError where the model crashes it.
    """
    judge = golden_name(model)
    findings = input_findings(model, vectors)
    notes = [*_told(golden_notes(), progress), *_told(findings, progress)]
    results, not_run, refusal = _run_each(model, vectors, work, judge, progress)
    if refusal is not None:
        _require_another_judge(model, refusal, results, not_run)
        judge = roles.stand_in()
        notes += _told([_why_not_tflm(refusal)], progress)
    golden = results[judge]
    comparisons = [compare(result, golden) for result in results.values() if result is not golden]
    if vectors.golden:
        comparisons.append(compare(RunResult(RECORDED, vectors.golden), golden))
    if keras is not None:
        with closing(KerasRunner(keras, model)) as float_runner:
            progress.line(f"{roles.FLOAT}: {len(vectors)} samples")
            results[roles.FLOAT] = float_runner.run(real_inputs_for(model, vectors))
        comparisons.insert(0, compare(quantize_outputs(results[roles.FLOAT], model), golden))
    right = accuracies(results, vectors, model)
    notes += _told(drop_notes(right.overall, findings), progress)
    return HostValidation(golden, tuple(comparisons), right, results, tuple(notes), tuple(not_run))


def _run_each(
    model: Model, vectors: Vectors, work: Path, judge: str, progress: Progress
) -> tuple[dict[str, RunResult], list[NotRun], McuError | None]:
    """What each runner of this machine computes by its name, those that could not run, and why TFLM's interpreter does not run the model.

    Raises the error of `judge`, unless that is TFLM's interpreter and refuses the model.
    """
    inputs = inputs_for(model, vectors)
    folder_inside(work, _HOST_FOLDER)
    results: dict[str, RunResult] = {}
    not_run = [NotRun(roles.GOLDEN, why) for why in golden_notes()]
    refusal: McuError | None = None
    for name, start in runner_starts(model, work).items():
        if name in (roles.GOLDEN, roles.REFERENCE) and not tflm_is_installed():
            continue
        try:
            with closing(start()) as runner:
                progress.line(f"{name}: {len(vectors)} samples")
                results[name] = runner.run(inputs)
        except McuError as error:
            if name == roles.GOLDEN and isinstance(error, (UnsupportedModelError, RefusedError, AbortedError)):
                refusal = error
            elif name == judge:
                raise
            not_run.append(NotRun(name, error.what))
            progress.note(f"{name} could not run: {error.what}")
    return results, not_run, refusal


def _require_another_judge(model: Model, refusal: McuError, results: Mapping[str, RunResult], not_run: Sequence[NotRun]) -> None:
    """Where TFLM does not run the model, LiteRT and our code must, each for the other; raises an error that says who does not."""
    if roles.SECOND_OPINION not in results:
        raise _no_reference(model, refusal, not_run)
    if roles.stand_in() not in results:
        raise refusal


def _no_reference(model: Model, refusal: McuError, not_run: Sequence[NotRun]) -> McuError:
    """Neither TFLM nor LiteRT runs the model: our own code alone would be its own judge."""
    reasons = [one for one in not_run if one.runner in (roles.GOLDEN, roles.SECOND_OPINION)]
    said = " ".join(one.why for one in reasons)
    labels = (
        f"op {op.index} {op.custom_name or op.name}"
        for op in model.main.ops
        if re.search(rf"\b{re.escape(op.custom_name or op.name)}\b", said)
    )
    to_blame = ", ".join(labels)
    kind = UnsupportedModelError if isinstance(refusal, UnsupportedModelError) else ToolError
    return kind(
        "no interpreter on this machine can be the reference for this model, so nothing can be proved"
        + "".join(f"\n    {one.runner}: {one.why}" for one in reasons),
        on=model.name,
        expected="operators and values that TFLM's interpreter or LiteRT runs",
        hint=f"replace {to_blame or 'the operator they name'} by others; without a proof: mcu generate",
    )


def golden_runner(model: Model, work: Path) -> TflmRunner | ReferenceRunner | AotHostRunner:
    """The golden runner alone, able to tell what every layer makes."""
    return golden_interpreter(model) if tflm_is_installed() else compiled_for_host(model, work / "observed", observer=True)


def _told(findings: Sequence[str], progress: Progress) -> Sequence[str]:
    for finding in findings:
        progress.note(finding)
    return findings


def _why_not_tflm(refusal: McuError) -> str:
    """What a result says where TFLM's interpreter is here and does not run the model."""
    if isinstance(refusal, AbortedError):
        return f"golden: {roles.stand_in()}, not compared with TFLM: its interpreter failed on these inputs"
    why = "the model has operators that TFLM does not run (AOT only, docs/operators.md)"
    return f"golden: {roles.stand_in()}, not compared with TFLM: {why}"


def runner_starts(model: Model, work: Path) -> dict[str, Callable[[], Runner]]:
    """How to start each runner of a .tflite on this machine, by its name; `work` is a folder for compiled code."""
    starts: dict[str, Callable[[], Runner]] = {golden_interpreter_name(model): lambda: golden_interpreter(model)}
    if not has_own_operators(model):
        starts[roles.SECOND_OPINION] = lambda: LiteRtRunner(model)
    for runtime in all_runtimes():
        if runtime.traits.host_runner:
            starts[runtime.traits.host_runner] = functools.partial(compiled_for_host, model, work, runtime=runtime)
    return starts


def compiled_for_host(model: Model, work: Path, *, observer: bool = False, runtime: Runtime | None = None) -> AotHostRunner:
    """The code of `runtime`, else of the default one, compiled into a library of this machine below `work`.

    With `observer` its layers can be looked at.
    """
    chosen = get_runtime(DEFAULT_RUNTIME) if runtime is None else runtime
    suffix = "" if chosen.name == DEFAULT_RUNTIME else f"-{chosen.name}"
    sources = folder_inside(work, f"{_HOST_FOLDER}{suffix}")
    export_sources([model], load_board("host"), chosen, sources)
    library = build_host_library(sources, path_inside(work, f"lib{model.sha256[:16]}{suffix}.so"), observer=observer)
    return AotHostRunner(library, model, name=chosen.traits.host_runner)


def input_findings(model: Model, vectors: Vectors) -> list[str]:
    """What looks wrong, a sentence each: another range, another order of channels, labels that are not the model's outputs.

    Only real values from a file are judged: integers are in the model's own units, random numbers mean nothing.
    """
    contract = contract_of_model(model)
    found: list[str] = list(vectors.remarks)
    found += label_notes(model)
    real = len(vectors.inputs) == 1 and vectors.inputs[0].dtype.kind == "f" and not vectors.source.startswith("random(")
    if contract.profile is not None and real and len(vectors) >= FEWEST_SAMPLES:
        x = vectors.inputs[0].astype(np.float64)
        found += [f"inputs: {finding}" for finding in check_against_profile(x, contract, contract.profile)]
    return found
