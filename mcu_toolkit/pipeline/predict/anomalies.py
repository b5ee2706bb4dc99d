"""What an autoencoder's outputs say: a score for each input, and whether that is an anomaly."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.contract import AnomalyRule
from mcu_toolkit.pipeline.predict.records import AnomalyAnswer, PredictedClass, Prediction
from mcu_toolkit.terminal_text import visible_line
from mcu_toolkit.validate import anomaly_scores

_NUMBER = re.compile(r"\[\d+\]$")
_SHOWN_ALONE = 3
"""A recording of more windows is one line."""


def with_anomalies(
    predictions: Sequence[Prediction], inputs: npt.NDArray[Any], outputs: npt.NDArray[Any], rule: AnomalyRule
) -> tuple[Prediction, ...]:
    """`predictions` with the scores of `inputs` and `outputs`, real values; an output that restores its input is no class."""
    scores = anomaly_scores(inputs, outputs)
    answers = [_answer(float(score), rule.threshold) for score in scores]
    return tuple(replace(one, predicted=PredictedClass(), anomaly=answer) for one, answer in zip(predictions, answers, strict=True))


def _answer(score: float, threshold: float) -> AnomalyAnswer:
    """What no finite number says to be normal counts as an anomaly."""
    return AnomalyAnswer(score if math.isfinite(score) else None, threshold, is_anomaly=not score <= threshold)


def anomaly_lines(predictions: Sequence[Prediction]) -> Iterator[str]:
    """For people: a line for each input; of the many windows of a recording one line for all."""
    for name, group in groupby(predictions, lambda one: _NUMBER.sub("", one.input)):
        found = [(one.input, one.anomaly) for one in group if one.anomaly is not None]
        if len(found) <= _SHOWN_ALONE:
            for words, one in found:
                verdict = "anomaly" if one.is_anomaly else "normal"
                score = "that is no finite number" if one.score is None else f"{one.score:.6g}"
                yield f"{visible_line(words)}: {verdict}, score {score} (anomalies are above {one.threshold:.6g})"
            continue
        scores = np.array([np.nan if one.score is None else one.score for _, one in found])
        above = sum(one.is_anomaly for _, one in found)
        yield (
            f"{visible_line(name)}: {above} of {len(found)} windows are anomalies; scores up to {scores.max():.6g}, "
            f"mean {scores.mean():.6g} (anomalies are above {found[0][1].threshold:.6g})"
        )
