"""`mcu monitor --sensor`: what a board's sensor measures, its features, and what a model on the board makes of them, as it comes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.decider import Decider, MovingSums
from mcu_toolkit.artifacts.motion_table import RATE_TOLERANCE
from mcu_toolkit.device.board_sensor import BoardSensor, sensor_of
from mcu_toolkit.errors import InputError
from mcu_toolkit.firmware.sensor import require_sensor
from mcu_toolkit.frontend.motion.compute import readings_of
from mcu_toolkit.frontend.motion.description import MotionFrontend
from mcu_toolkit.pipeline.proof.board_runner import OnBoard, board_runner
from mcu_toolkit.pipeline.record.meter import bars, meter
from mcu_toolkit.pipeline.record.placeholder import NAME, recorder_model
from mcu_toolkit.pipeline.stream.frames import Inputs, frames_by
from mcu_toolkit.pipeline.stream.plan import StreamPlan, plan_stream
from mcu_toolkit.pipeline.stream.records import Decision, StreamRequest
from mcu_toolkit.pipeline.workspace.inputs import Subject, open_subject, require_ends
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.runners import DeviceRunner
from mcu_toolkit.terminal_text import visible_line

_LINE_S = 0.25
"""Of the sensor's time, from one line to the next."""
_POLL_S = 0.005
_MOST_DECISIONS = 10_000
_SHOWN_BANDS = 40
_BARS = 20
"""Of these bands, so that a line fits a terminal of 80 columns: each bar is the larger of two."""


@dataclass(frozen=True)
class ListenRequest:
    """The options of `mcu monitor --sensor`."""

    board: str
    sensor: str
    model: Path | None = None
    """What hears; None: the signal alone."""
    seconds: float | None = None
    """Of the sensor's time; None: until Ctrl-C, or until what an emulated board plays is over."""
    port: str | None = None
    labels: Path | None = None


@dataclass(frozen=True)
class ListenResult:
    """What `mcu monitor --sensor` saw."""

    board: str
    sensor: str
    rate_hz: float
    samples: int
    lost: int
    inferences: int
    decisions: tuple[Decision, ...]
    interrupted: bool


class _Ears:
    """The model on the board behind the sensor."""

    def __init__(self, runner: DeviceRunner, plan: StreamPlan, scale: float) -> None:
        """`scale`: of the sensor's numbers."""
        self._runner, self._plan, self._scale = runner, plan, scale
        classes = len(plan.classes)
        self._frames = frames_by(plan.frontend)
        self._inputs = Inputs(plan.model.inputs[0], plan.preprocessing, plan.frames_per_input, plan.rule.stride_frames)
        self._sums, self._decider = MovingSums(plan.rule.average_over, classes), Decider(plan.rule, classes)
        self._features: npt.NDArray[np.float64] = np.zeros(0)
        self._means: npt.NDArray[np.float64] | None = None
        self.inferences = 0
        self.decisions: list[Decision] = []
        runner.reset()

    def hear(self, numbers: npt.NDArray[np.int16]) -> Iterator[Decision]:
        """The decisions that further samples, [samples, channels], lead to."""
        plan = self._plan
        motion = plan.frontend if isinstance(plan.frontend, MotionFrontend) else None
        frames = self._frames.push(numbers[:, 0] if motion is None else readings_of(numbers * self._scale, motion))
        if len(frames) and plan.frontend is not None:
            self._features = frames[-1].astype(np.float64)
        for batch in self._inputs.push(frames):
            scores = plan.scores(batch, self._runner.run([batch]).outputs[0])
            sums = self._sums.push(scores)
            self._means = sums[-1] * (plan.scale / plan.rule.average_over)
            self.inferences += len(scores)
            for one in self._decider.decide(scores, sums):
                found = Decision(round(plan.end_s(one.inference), 6), plan.classes[one.index], plan.mean(one.sum), one.inference, one.sum)
                self.decisions = [*self.decisions[1 - _MOST_DECISIONS :], found]
                yield found

    def line(self) -> str:
        """Features and the class with the highest mean."""
        shown = self._features[:_SHOWN_BANDS]
        if len(shown) > _BARS:
            shown = np.maximum.reduceat(shown, np.arange(0, len(shown), 2))
        parts = [bars(shown, float(self._features.max()))] if self._features.any() else []
        if self._means is not None:
            best = int(self._means.argmax())
            parts.append(f"{visible_line(self._plan.classes[best])} {self._means[best]:.3f}")
        return "  ".join(parts)


def listen(request: ListenRequest, progress: Progress, show: Callable[[str], None]) -> StepResult[ListenResult]:
    """Show a line of signal, features and classes four times a second of the sensor's time, and every decision.

    Front end and decision rule run on this machine, the model on the board.  Raises InputError where the model does not hear what
    the sensor measures, DeviceError where the board or its sensor fails.
    """
    subject = Subject(Path(NAME), (recorder_model(),)) if request.model is None else open_subject(request.model)
    if request.model is not None:
        require_ends(subject.model)
    board = subject.board(request.board)
    require_sensor(request.sensor, board, "mcu monitor --sensor KIND, or another board")
    with (
        board_runner(subject, OnBoard(request.board, None, request.port, sensor=request.sensor), progress) as runner,
        sensor_of(runner.client) as sensor,
    ):
        if sensor.kind != request.sensor:
            raise InputError(f"its firmware has a sensor of the kind {sensor.kind}", on=board.id, expected=request.sensor)
        ears = None if request.model is None else _Ears(runner, _plan(subject, request, sensor), sensor.scale)
        progress.stage(f"listening to {board.id}" + ("" if request.seconds else "; Ctrl-C ends it"))
        heard = _Heard(sensor, ears, show)
        interrupted = heard.until(request.seconds)
        result = ListenResult(
            board.id,
            sensor.kind,
            sensor.rate_hz,
            heard.samples,
            heard.lost,
            0 if ears is None else ears.inferences,
            () if ears is None else tuple(ears.decisions),
            interrupted,
        )
    lines = () if not result.lost else (f"{result.lost:,} samples were lost",)
    return StepResult("monitor", lines, result, interrupted=interrupted)


def _plan(subject: Subject, request: ListenRequest, sensor: BoardSensor) -> StreamPlan:
    """Raises InputError where the model takes something else than the sensor measures."""
    assert request.model is not None
    plan = plan_stream(subject.model, StreamRequest(request.model, (), labels=request.labels), round(sensor.rate_hz))
    motion = plan.frontend if isinstance(plan.frontend, MotionFrontend) else None
    if (motion is None) != (sensor.kind == "microphone"):
        what = "sound" if motion is None else "motion"
        raise InputError(
            f"takes {what}, and the sensor measures something else ({sensor.kind})", on=request.model, expected="--sensor for what it takes"
        )
    channels = 1 if motion is None else len(motion.axes)
    if sensor.channels != channels:
        raise InputError(f"its {sensor.kind} has {sensor.channels} channels", on=request.board, expected=f"{channels}")
    tolerance = 0.0 if motion is None else RATE_TOLERANCE
    if abs(sensor.rate_hz / plan.rate_hz - 1) > tolerance:
        expected = f"{plan.rate_hz:g} Hz, as the model's front end takes it"
        raise InputError(f"its {sensor.kind} has {sensor.rate_hz:g} Hz", on=request.board, expected=expected)
    return plan


class _Heard:
    """Shows the sensor's samples."""

    def __init__(self, sensor: BoardSensor, ears: _Ears | None, show: Callable[[str], None]) -> None:
        self._sensor, self._ears, self._show = sensor, ears, show
        self._recent: list[npt.NDArray[np.int16]] = []
        self._next_line = max(1, round(_LINE_S * sensor.rate_hz))
        self.samples = self.lost = 0

    def until(self, seconds: float | None) -> bool:
        """Listen so long; True where Ctrl-C ended it."""
        try:
            while seconds is None or self.samples < seconds * self._sensor.rate_hz:
                before, pieces = self.samples, self._sensor.read()
                for measured in pieces:
                    if measured.lost:
                        self.lost += measured.lost
                        self._show(f"{self.samples / self._sensor.rate_hz:9.3f}  {measured.lost:,} samples lost")
                    if len(measured.numbers):
                        self._take(measured.numbers)
                if self.samples == before:
                    if pieces[-1].ended:
                        break
                    time.sleep(_POLL_S)
        except KeyboardInterrupt:
            return True
        return False

    def _take(self, numbers: npt.NDArray[np.int16]) -> None:
        self.samples += len(numbers)
        self._recent.append(numbers)
        for one in [] if self._ears is None else self._ears.hear(numbers):
            self._show(f"{one.time_s:9.3f}  decided: {visible_line(one.label)} ({one.score:.3f})")
        if self.samples >= self._next_line:
            self._next_line = self.samples + round(_LINE_S * self._sensor.rate_hz)
            features = "" if self._ears is None else f"  {self._ears.line()}"
            self._show(f"{self.samples / self._sensor.rate_hz:9.3f}  {meter(np.concatenate(self._recent))}{features}")
            self._recent = []
