"""What `training.json` says about a training on recordings beside what it says of every training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mcu_toolkit.train.phases import Epoch
from mcu_toolkit.units import format_percent


@dataclass(frozen=True)
class AnomalyFacts:
    """How well anomalies are distinguished from normal operation; a score is the mean squared error of the autoencoder."""

    threshold: float
    """A score above it is an anomaly."""
    false_alarm_target: float
    """Share of normal validation windows that the threshold was chosen to let through as anomalies."""
    false_alarms: float
    """The share of the normal test windows that are above it."""
    detected: float | None
    """The share of the windows of anomalies that are above it; None where the folder has none."""
    auc: float | None
    """Area under the ROC curve of test recordings: the mean score of each of them; None where the folder has no anomalies."""

    def lines(self) -> list[str]:
        """For people, a line a fact."""
        alarms, target = format_percent(self.false_alarms), format_percent(self.false_alarm_target)
        found = [
            f"  threshold: a mean squared error of {self.threshold:.6g}",
            f"  false alarms: {alarms} of the normal test windows, target {target}",
        ]
        if self.auc is not None and self.detected is not None:
            found.append(f"  anomalies: AUC {self.auc:.4f} over recordings, {format_percent(self.detected)} of the windows detected")
        return found


@dataclass(frozen=True)
class SensorFacts:
    """Of a training on sounds, motion or machines."""

    network: str
    classes: tuple[str, ...]
    recordings: Mapping[str, int]
    """How many in each part."""
    samples: Mapping[str, int]
    """Inputs of the model in each part: clips, or windows of the recordings; variants of augmentation are not counted."""
    grouped_by: str
    """What is never in two parts: `speaker`, or `recording`."""
    groups: Mapping[str, int]
    """How many in each part."""
    frontend: tuple[str, ...]
    """What computes the model's inputs, in words."""
    skipped: int
    """Files left out with --skip-corrupt."""
    remarks: Mapping[str, int]
    """What was done to files or is suspicious about them, and to how many."""
    best: Epoch
    """The epoch whose weights were kept."""
    history: tuple[Epoch, ...]
    seconds: float
    """From the first file read to the last weight."""
    anomaly: AnomalyFacts | None = None

    def lines(self) -> list[str]:
        """For people, a line a fact."""
        parts = ", ".join(f"{count} {part}" for part, count in self.recordings.items())
        groups = "" if self.grouped_by == "recording" else f"; {self.grouped_by}s: " + ", ".join(f"{n} {p}" for p, n in self.groups.items())
        found = [f"  recordings: {parts}{groups}", *(f"  front end: {line}" for line in self.frontend)]
        found += [f"  {count} files: {remark}" for remark, count in self.remarks.items()]
        return found
