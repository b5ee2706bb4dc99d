"""How good a quantized model is as a judge of anomalies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mcu_toolkit.report.table import table
from mcu_toolkit.system.records import OPTIONAL
from mcu_toolkit.units import format_percent


@dataclass(frozen=True)
class AnomalyQuality:
    """A quantized model as a judge of anomalies, on the data that `mcu train anomaly` kept."""

    runner: str
    threshold: float
    """It is in the model: an input with a larger score is an anomaly."""
    float_threshold: float
    """The one of the float model."""
    false_alarm_target: float
    """The share of the normal validation windows that is above `threshold`."""
    false_alarms: float
    """The share of the normal test windows that is above it."""
    detected: float | None = field(default=None, metadata=OPTIONAL)
    """The share of the windows of anomalies that is above it; None where there are none."""
    auc: float | None = field(default=None, metadata=OPTIONAL)
    """Area under the ROC curve of the mean scores of recordings; None where there are no anomalies."""

    def lines(self) -> Iterator[str]:
        """For people, a line a fact."""
        alarms, target = format_percent(self.false_alarms), format_percent(self.false_alarm_target)
        yield f"  threshold: a mean squared error of {self.threshold:.6g} ({self.runner}; the float model's was {self.float_threshold:.6g})"
        yield f"  false alarms: {alarms} of the normal test windows, target {target}"
        if self.auc is not None and self.detected is not None:
            yield f"  anomalies: AUC {self.auc:.4f} over recordings, {format_percent(self.detected)} of the windows detected"


@dataclass(frozen=True)
class JudgeOfAnomalies:
    """What became of a model's threshold; one of both is known."""

    quality: AnomalyQuality | None = field(default=None, metadata=OPTIONAL)
    """The threshold was chosen by the model's own scores."""
    kept: str | None = field(default=None, metadata=OPTIONAL)
    """Why the threshold is still the float model's."""


def judge_lines(judges: Mapping[str, JudgeOfAnomalies]) -> list[str]:
    """For people, of a model under several schemes; nothing for models that judge no anomalies."""
    known = [(scheme, one.quality) for scheme, one in judges.items() if one.quality is not None]
    rows = [
        (
            scheme,
            f"{one.threshold:.6g}",
            format_percent(one.false_alarms),
            "-" if one.detected is None else format_percent(one.detected),
            "-" if one.auc is None else f"{one.auc:.4f}",
        )
        for scheme, one in known
    ]
    title = "anomalies, with the threshold that each model's own scores of the normal windows give (it is in its file):"
    listed = ["", title, *table(("scheme", "threshold", "false alarms", "detected", "AUC"), rows)] if rows else []
    return [*listed, *(f"{scheme}: {one.kept}" for scheme, one in judges.items() if one.kept is not None)]
