"""Scores and verdicts of autoencoders, also of outputs that are no finite numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mcu_toolkit.artifacts.contract import AnomalyRule
from mcu_toolkit.pipeline.predict.anomalies import anomaly_lines, with_anomalies
from mcu_toolkit.pipeline.predict.records import PredictedClass, Prediction

INPUTS = np.zeros((2, 4), np.float32)


def judged(first_output: float) -> tuple[Prediction, ...]:
    outputs = np.zeros((2, 4), np.float32)
    outputs[0, 0] = first_output
    said = [Prediction(f"a.wav[{number}]", {}, PredictedClass()) for number in range(2)]
    return with_anomalies(said, INPUTS, outputs, AnomalyRule(1.0))


def test_a_score_is_a_mean_square_and_is_compared_with_the_threshold() -> None:
    answers = [one.anomaly for one in judged(4.0)]
    assert [(one.score, one.is_anomaly) for one in answers if one] == [(4.0, True), (0.0, False)]


@pytest.mark.parametrize("output", [math.nan, math.inf, -math.inf])
def test_what_is_no_finite_number_is_an_anomaly_and_has_no_score(output: float) -> None:
    found = judged(output)
    answers = [one.anomaly for one in found]
    assert [(one.score, one.is_anomaly) for one in answers if one] == [(None, True), (0.0, False)]
    first, second = anomaly_lines(found)
    assert first.startswith("a.wav[0]: anomaly, score that is no finite number")
    assert second.startswith("a.wav[1]: normal, score 0 ")
