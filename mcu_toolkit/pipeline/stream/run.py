"""`mcu stream`: sounds of any length through a model, in the memory of a few seconds of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from mcu_toolkit.artifacts.contract import contract_of_model, with_contract
from mcu_toolkit.artifacts.label_track import Event, read_label_track
from mcu_toolkit.errors import InputError, McuError
from mcu_toolkit.frontend.motion.description import MotionFrontend
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline.predict.on_runner import asked_runners
from mcu_toolkit.pipeline.proof.board_runner import OnBoard, board_runner
from mcu_toolkit.pipeline.proof.host import golden_name, runner_starts
from mcu_toolkit.pipeline.stream.frames import Inputs, frames_by
from mcu_toolkit.pipeline.stream.lines import result_lines
from mcu_toolkit.pipeline.stream.listeners import Listeners
from mcu_toolkit.pipeline.stream.plan import StreamPlan, plan_stream
from mcu_toolkit.pipeline.stream.records import SoundStreamed, StreamRequest, StreamResult
from mcu_toolkit.pipeline.stream.scores_file import scores_file
from mcu_toolkit.pipeline.stream.sources import Source, first_rate_hz, look_at, refuse, sources_for
from mcu_toolkit.pipeline.wake_words import manifest_lines, with_manifests
from mcu_toolkit.pipeline.workspace.inputs import Subject, find_project, open_subject, require_ends
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.runners import roles
from mcu_toolkit.runners.base import Runner
from mcu_toolkit.system.files import make_folder, temporary_folder, write_bytes, write_text

_PIECE_S = 10
SCORES, PICTURE, RESULT = "scores.csv", "scores.png", "stream.json"


def stream(request: StreamRequest, progress: Progress) -> StepResult[StreamResult]:
    """Run the model over each sound from its initial state on, and decide by its rule.

    The verdict is no where a board or compiled code computes or decides something else than the golden runner.
    Raises InputError for what does not fit together, naming every file that is wrong, before anything is run or written.
    """
    subject = open_subject(request.model)
    subject = replace(subject, models=with_manifests(subject.models, request.manifests, request.style))
    model = subject.model
    names = _runners(request, model)
    require_ends(model)
    _check(request)
    looked = look_at(request.sounds)
    plan = plan_stream(model, request, first_rate_hz(looked))
    if plan.anomaly is not None and request.saved_model is not None:
        raise InputError(
            "--save-rule of a model of anomalies", on=request.model, expected="a model that classifies: firmware decides by outputs"
        )
    sounds = sources_for(looked, plan)
    tracks = _tracks(request.truth, sounds, plan)
    output = None if request.output is None else make_folder(request.output)
    for line in manifest_lines([model], request.manifests, request.style):
        progress.note(line)
    with _runners_on(names, subject, request, progress) as runners:
        with scores_file(None if output is None else output / SCORES, plan) as rows:
            listeners = Listeners(plan, runners, None if not tracks else request.tolerance_s, rows)
            streamed = [
                _streamed(sound, tracks[number] if tracks else (), plan, listeners, progress) for number, sound in enumerate(sounds)
            ]
        files = () if output is None else (output / SCORES, _drawn(listeners, output))
    files = (*files, *_saved(model, plan, request), *(() if output is None else (output / RESULT,)))
    found = _result(request, plan, listeners, streamed, files)
    result = replace(found, reasons=tuple(_reasons(found, request)))
    finished = StepResult("stream", result_lines(plan, result), result, verdict="fail" if result.reasons else "pass")
    if output is not None:
        write_text(output / RESULT, finished.to_json())
    return finished


def _runners(request: StreamRequest, model: Model) -> tuple[str, ...]:
    """Those asked for, else the golden one; with the board, where one is named."""
    on_board = request.board is not None or request.port is not None
    names = asked_runners(request.on) or (golden_name(model), *([roles.DEVICE] if on_board else []))
    if roles.FLOAT in names:
        raise InputError(f"--on {roles.FLOAT}", expected="runners of a .tflite: decisions are made from its integers")
    return names


def _check(request: StreamRequest) -> None:
    """Raise InputError where the copy of the model would replace what is read, and for limits of what is not measured."""
    for name, limit in (("--max-false-alarms", request.max_false_alarms_per_hour), ("--max-miss-rate", request.max_miss_rate)):
        if limit is not None and not request.truth:
            raise InputError(f"{name} without --truth", expected="a label track: without one nothing is judged")
        if limit is not None and not (math.isfinite(limit) and limit >= 0):
            raise InputError(f"{name} {limit:g}", expected="a number from 0 on")
    if not (math.isfinite(request.tolerance_s) and request.tolerance_s >= 0):
        raise InputError(f"--tolerance {request.tolerance_s:g}", expected="seconds, from 0 on")
    if request.saved_model is not None and _is_read(request.saved_model, request):
        raise InputError("is read, and would be overwritten", on=request.saved_model, expected="another file with --save-rule")


def _is_read(path: Path, request: StreamRequest) -> bool:
    """True for a file that the request names, and for one of a project."""
    named = [request.labels, request.preprocessing, None if request.frontend is None else Path(request.frontend)]
    read = [request.model, *request.sounds, *request.truth, *request.manifests, *(one for one in named if one is not None)]
    target, project = path.resolve(), find_project(request.model)
    return any(target == one.resolve() for one in read) or (
        project is not None and target.is_file() and target.is_relative_to(project.resolve())
    )


def _tracks(paths: Sequence[Path], sounds: Sequence[Source], plan: StreamPlan) -> tuple[tuple[Event, ...], ...]:
    if not paths:
        return ()
    if len(paths) != len(sounds):
        raise InputError(f"{len(paths)} label tracks for {len(sounds)} sounds", expected="one for each sound, in the same order, or none")
    found: list[tuple[Event, ...]] = []
    faults: list[McuError] = []
    for path, sound in zip(paths, sounds, strict=True):
        try:
            found.append(read_label_track(path, sound.duration_s))
        except InputError as error:
            faults.append(error)
    refuse(faults, "label tracks")
    listened = {plan.classes[one.index] for one in plan.rule.classes}
    labels = {event.label for track in found for event in track}
    if labels and not labels & listened:
        raise InputError(
            f"its labels are {', '.join(sorted(labels)[:8])}",
            on=paths[0],
            expected=f"some of those that are decided: {', '.join(sorted(listened)[:8])}",
            hint="--labels FILE names the classes of the model, --listen chooses which are decided",
        )
    return tuple(found)


@contextmanager
def _runners_on(names: Sequence[str], subject: Subject, request: StreamRequest, progress: Progress) -> Iterator[list[Runner]]:
    with ExitStack() as stack:
        work = stack.enter_context(temporary_folder())
        starts = runner_starts(subject.model, work)
        runners: list[Runner] = []
        for name in names:
            if name == roles.DEVICE:
                where = OnBoard(request.board, request.runtime, request.port, request.choices)
                runners.append(stack.enter_context(board_runner(subject, where, progress)))
            else:
                progress.stage(f"starting {name}")
                runners.append(stack.enter_context(closing(starts[name]())))
        yield runners


def _streamed(sound: Source, events: Sequence[Event], plan: StreamPlan, listeners: Listeners, progress: Progress) -> SoundStreamed:
    progress.stage(f"streaming {sound.path.name}")
    frames = frames_by(plan.frontend)
    inputs = Inputs(plan.model.inputs[0], plan.preprocessing, plan.frames_per_input, plan.rule.stride_frames)
    listeners.start(sound.path)
    for change in sound.changes:
        progress.note(f"{sound.path.name}: {change}")
    done, total = 0, round(sound.duration_s * plan.rate_hz)
    for piece in sound.pieces(_PIECE_S):
        for batch in inputs.push(frames.push(piece)):
            listeners.push(batch)
        done += len(piece)
        progress.advance(min(done, total), total, f"{len(listeners.decisions):,} decisions")
    return listeners.end(events, sound.duration_s)


def _drawn(listeners: Listeners, output: Path) -> Path:
    write_bytes(output / PICTURE, listeners.picture())
    return output / PICTURE


def _saved(model: Model, plan: StreamPlan, request: StreamRequest) -> tuple[Path, ...]:
    """A copy of the model that holds the rule, and the front end, preprocessing and labels that it was tried with."""
    path = request.saved_model
    if path is None:
        return ()
    frontend = None if isinstance(plan.frontend, MotionFrontend) else plan.frontend
    preprocessing = plan.preprocessing if request.labels is None else replace(plan.preprocessing, labels=plan.classes)
    contract = replace(contract_of_model(model), decision=plan.rule, frontend=frontend, preprocessing=preprocessing)
    write_bytes(path, with_contract(model.content, contract))
    return (path,)


def _result(
    request: StreamRequest, plan: StreamPlan, listeners: Listeners, streamed: Sequence[SoundStreamed], files: tuple[Path, ...]
) -> StreamResult:
    make = partial(StreamResult, request.model, plan.model.sha256, listeners.first, plan.rule, plan.classes, tuple(streamed))
    decisions = tuple(one for sound in streamed for one in sound.decisions)
    scores, left_out = listeners.scores()
    return make(scores, left_out, decisions, listeners.comparisons(), tuple(listeners.differences), listeners.judgement(), files)


def _reasons(result: StreamResult, request: StreamRequest) -> Iterator[str]:
    """Why the verdict is no: two runners that must be equal are not, or a limit is exceeded."""
    strict = (roles.GOLDEN, roles.REFERENCE, *roles.must_be_equal())
    if result.runner in strict:
        computes = [one.a for one in result.comparisons if one.differing_bytes and one.a in strict]
        yield from (f"{name} computes something else than {result.runner}" for name in computes)
        decides = dict.fromkeys(one.runner for one in result.differences if one.runner in strict)
        yield from (f"{name} decides something else than {result.runner}" for name in decides)
    judged, alarms, misses = result.judged, request.max_false_alarms_per_hour, request.max_miss_rate
    if judged is not None and alarms is not None and judged.false_alarms_per_hour > alarms:
        yield f"{judged.false_alarms_per_hour:.2f} false alarms per hour, at most {alarms:g} are allowed"
    if judged is not None and misses is not None and judged.miss_rate > misses:
        yield f"{judged.miss_rate:.1%} missed, at most {misses:.1%} are allowed"
