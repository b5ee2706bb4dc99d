"""Photographs of two classes beside the project (`../shared/data/cats_dogs`), and the weights that training on them begins with."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcu_toolkit.train.images.weights_package import fetched_weights

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "cats_dogs"
SEEDS = (10, 11, 12)
"""Of the splits that accuracies are measured on.  The training was developed with other ones, by their validation pictures."""


def photographs() -> Path:
    """The folder; skips the test where it, or the weights, are not on this machine."""
    if not FOLDER.is_dir():
        pytest.skip("no photographs here: ../shared/data/cats_dogs")
    if fetched_weights() is None:
        pytest.skip("torchvision's weights are not in the cache: mcu weights fetch")
    return FOLDER
