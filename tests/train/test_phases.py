"""What is said of a training's second phase where it did not help."""

from __future__ import annotations

import math
from pathlib import Path

from PIL import Image

from mcu_toolkit.train.history_plot import write_plot
from mcu_toolkit.train.phases import FINE_TUNING, HEAD, WHOLE, Epoch, fine_tuning_warning


def epoch(phase: str, number: int, loss: float) -> Epoch:
    return Epoch(phase, number, 0.1, 0.9, loss, 0.9, 1.0)


HEADS = [epoch(HEAD, 1, 0.5), epoch(HEAD, 2, 0.25)]


def test_it_is_named_with_both_losses_where_the_head_alone_was_better() -> None:
    history = [*HEADS, epoch(FINE_TUNING, 1, 0.375), epoch(FINE_TUNING, 2, 0.4)]
    warning = fine_tuning_warning(history, HEADS[1])
    assert warning is not None
    assert "fine-tuning did not help: its smallest validation loss is 0.375, that of the head alone 0.250" in warning
    diverged = fine_tuning_warning([*HEADS, epoch(FINE_TUNING, 1, math.nan)], HEADS[1])
    assert diverged is not None
    assert "is inf" in diverged


def test_nothing_is_said_where_it_helped_or_was_not_tried() -> None:
    tuned = epoch(FINE_TUNING, 1, 0.125)
    assert fine_tuning_warning([*HEADS, tuned], tuned) is None
    assert fine_tuning_warning(HEADS, HEADS[1]) is None
    whole = epoch(WHOLE, 1, 0.5)
    assert fine_tuning_warning([whole], whole) is None


def test_the_plot_says_it_too(tmp_path: Path) -> None:
    tuned = epoch(FINE_TUNING, 1, 0.375)
    plots = []
    for name, best in (("kept_head", HEADS[1]), ("kept_tuned", tuned)):
        write_plot(tmp_path / name, [*HEADS, tuned], best)
        with Image.open(tmp_path / name) as plot:
            plots.append({colour for _, colour in plot.convert("RGB").getcolors(1 << 20) or []})
    assert (0xA0, 0x20, 0x10) in plots[0] - plots[1]
