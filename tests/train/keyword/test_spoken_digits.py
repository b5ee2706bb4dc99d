"""Real words of six real speakers, each left out once: the accuracies that the how-to page promises.  Minutes of an idle machine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.pipeline.train_keyword import KeywordChoices, train
from mcu_toolkit.pipeline.workspace.progress import Silent
from tests.frontend.sounds import DIGITS

SMALLEST_MEAN = 0.90
LARGEST_LOSS = 0.01
"""Of int8 against float, in the mean of the six."""


@pytest.mark.nightly
@pytest.mark.timeout(4 * 3600)
def test_ten_words_of_a_speaker_that_was_never_heard(tmp_path: Path) -> None:
    if not DIGITS.is_dir():
        pytest.skip("the spoken digits are not beside the checkout")
    result = train([DIGITS], KeywordChoices(leave_one_out=True), tmp_path / "digits", Silent())
    folds = result.facts.training.folds
    assert folds is not None
    print("\n".join(folds.lines()))
    assert len(folds.speakers) == 6
    assert sum(one.recordings for one in folds.speakers) == 1200
    exact = float(np.mean([one.accuracy for one in folds.speakers]))
    int8 = float(np.mean([one.quantized for one in folds.speakers if one.quantized is not None]))
    assert exact >= SMALLEST_MEAN
    assert int8 >= exact - LARGEST_LOSS
