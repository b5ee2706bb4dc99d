from __future__ import annotations

from mcu_toolkit.artifacts.sample_predictions import SamplePrediction, worst_first


def _one(sample: int, truth: int, predicted: int, margin: float) -> SamplePrediction:
    return SamplePrediction(sample, truth, str(truth), predicted, str(predicted), None, margin)


def test_confident_mistakes_come_first_and_confident_hits_last() -> None:
    given = [_one(0, 1, 1, 0.9), _one(1, 0, 1, 0.1), _one(2, 1, 1, 0.2), _one(3, 0, 1, 0.8), _one(4, 2, 2, 0.2)]
    assert [one.sample for one in worst_first(given)] == [3, 1, 2, 4, 0]
