"""What `mcu stream` is asked and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mcu_toolkit.artifacts import Comparison
from mcu_toolkit.artifacts.decision_rule import DecisionRule
from mcu_toolkit.artifacts.stream_scores import StreamJudgement
from mcu_toolkit.artifacts.wake_word import Style
from mcu_toolkit.runtimes.base import RuntimeOptions
from mcu_toolkit.system.records import OPTIONAL


@dataclass(frozen=True)
class RuleChoices:
    """What the user says about the decision rule; None is the rule that the model holds, else a default."""

    stride_frames: int | None = None
    average_over: int | None = None
    threshold: float | None = None
    """Of the mean score, as a real value."""
    refractory_s: float | None = None
    waits_for_quiet: bool | None = None
    listen: Sequence[str] = ()
    """Names or numbers of the classes that are decided; none: the rule's, else all but those of silence and unknown words."""


@dataclass(frozen=True)
class StreamRequest:
    """The options of `mcu stream`."""

    model: Path
    """A .tflite file, or a project."""
    sounds: Sequence[Path]
    truth: Sequence[Path] = ()
    """Label tracks, one for each sound in the same order, or none."""
    on: Sequence[str] = ()
    """The runners, the first one decides; none: the golden one."""
    rule: RuleChoices = field(default_factory=RuleChoices)
    tolerance_s: float = 0.5
    """How long after the end of a label a decision still counts for it."""
    max_false_alarms_per_hour: float | None = None
    """The verdict is no above it; needs label tracks, as the next."""
    max_miss_rate: float | None = None
    output: Path | None = None
    """A folder for scores.csv, scores.png and stream.json."""
    saved_model: Path | None = None
    """Where to write a copy of the model that holds the rule."""
    manifests: Sequence[Path] = ()
    """The manifest of a microWakeWord model: front end, preprocessing and rule come from it."""
    style: Style = "esphome"
    """As whose firmware or package its features and detections are."""
    frontend: str | None = None
    preprocessing: Path | None = None
    labels: Path | None = None
    """Names of the classes, one per line, where the model has none."""
    board: str | None = None
    runtime: str | None = None
    port: str | None = None
    choices: RuntimeOptions = field(default_factory=RuntimeOptions)


@dataclass(frozen=True)
class Decision:
    """Something was decided."""

    time_s: float
    """From the beginning of the sound to the end of the newest frame."""
    label: str
    score: float
    """The mean, as a real value."""
    inference: int
    """Which one since the beginning of the sound, from 0."""
    sum: int
    """Of the scores: what the rule compared."""


@dataclass(frozen=True)
class SoundStreamed:
    """One sound."""

    sound: Path
    duration_s: float
    inferences: int
    decisions: tuple[Decision, ...]


@dataclass(frozen=True)
class DecisionsDiffer:
    """Where a runner decides otherwise than the first one."""

    runner: str
    sound: Path
    inference: int
    """The first one that differs."""


@dataclass(frozen=True)
class StreamResult:
    """What `mcu stream` found."""

    model: Path
    model_sha256: str
    runner: str
    rule: DecisionRule
    classes: tuple[str, ...]
    sounds: tuple[SoundStreamed, ...]
    scores: tuple[tuple[float, ...], ...]
    """Of the first sound: each inference's output as real values, a class an entry."""
    scores_left_out: int
    """Inferences of it that are not in `scores`: there were too many.  scores.csv has all."""
    decisions: tuple[Decision, ...]
    """Of all sounds in their order."""
    comparisons: tuple[Comparison, ...]
    """Every further runner with the first one."""
    differences: tuple[DecisionsDiffer, ...]
    judged: StreamJudgement | None = field(default=None, metadata=OPTIONAL)
    files: tuple[Path, ...] = ()
    reasons: tuple[str, ...] = ()
    """Why the verdict is no."""
