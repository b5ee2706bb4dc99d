"""How right a runner's outputs are, by the labels of the samples: records that `validate/scores.py` makes and reports show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class ClassScore:
    """One class: T samples are of it, P were said to be, and R of them rightly."""

    label: str
    precision: float
    """R / P; 0 where nothing was said to be of this class."""
    recall: float
    """R / T; 0 where no sample is of this class."""
    f1: float
    """2 R / (P + T), the harmonic mean of both; 0 where both are."""
    support: int
    """T: the samples that are of this class."""


@dataclass(frozen=True)
class Roc:
    """The receiver operating characteristic of two classes; the second one, in the order of the labels, counts as positive."""

    fpr: tuple[float, ...]
    """Share of the first class that is taken for the second, one for each threshold, rising from 0 to 1."""
    tpr: tuple[float, ...]
    """Share of the second class that is found, at the same thresholds."""
    auc: float
    """Area under the curve: how often a sample of the second class gets a higher score than one of the first, ties count half."""


@dataclass(frozen=True)
class Confused:
    """Samples of one class that were taken for another."""

    truth: str
    predicted: str
    samples: int


@dataclass(frozen=True)
class ClassificationScore:
    """Of a classifier's output."""

    labels: tuple[str, ...]
    """Names of the classes, in the order of the output's elements; their numbers where the model has no names."""
    confusion: tuple[tuple[int, ...], ...]
    """Samples by true class (row) and predicted class (column)."""
    accuracy: float
    """Share of samples whose predicted class is the true one."""
    per_class: tuple[ClassScore, ...]
    roc: Roc | None = None
    """None where there are not two classes, or samples of one of them only."""
    kind: Literal["classification"] = "classification"

    @property
    def samples(self) -> int:
        """How many were scored."""
        return sum(map(sum, self.confusion))

    def top_confusions(self, count: int) -> tuple[Confused, ...]:
        """The `count` most frequent mistakes, the most frequent first, in the order of the labels where equally frequent."""
        found = [
            Confused(self.labels[truth], self.labels[predicted], samples)
            for truth, row in enumerate(self.confusion)
            for predicted, samples in enumerate(row)
            if truth != predicted and samples
        ]
        return tuple(sorted(found, key=lambda one: -one.samples)[:count])


@dataclass(frozen=True)
class ValueScore:
    """One element of a regression's output."""

    name: str
    """Of the output, with the element's number behind it where there are several."""
    mae: float
    rmse: float
    r2: float | None
    truth: tuple[float, ...]
    """Of the first samples, for plots of residuals."""
    prediction: tuple[float, ...]
    """Of the same samples."""


@dataclass(frozen=True)
class RegressionScore:
    """Of an output that is compared with real values; all three are over every element of every sample."""

    mae: float
    """Mean of the absolute error."""
    rmse: float
    """Square root of the mean squared error."""
    r2: float | None
    """Coefficient of determination; None where the true values are all the same."""
    outputs: tuple[ValueScore, ...]
    """Each element by itself, of the first few."""
    samples: int
    kind: Literal["regression"] = "regression"


Score = ClassificationScore | RegressionScore


@dataclass(frozen=True)
class Scores:
    """Empty without labels."""

    overall: Mapping[str, Score] = field(default_factory=dict)
    """By runner, where the model has one output."""
    by_output: Mapping[str, Mapping[str, Score]] = field(default_factory=dict)
    """By output and runner, where the model has several."""
