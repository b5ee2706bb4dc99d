"""Real photographs, real weights: the accuracies that the walk-through promises.  An hour of a machine with two cores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mcu_toolkit.model import read_model
from mcu_toolkit.quantize import quantize_model
from mcu_toolkit.runners import LiteRtRunner
from mcu_toolkit.train.images.images import train_images
from mcu_toolkit.train.images.options import ImageOptions
from mcu_toolkit.train.phases import Reporting
from tests.photographs import SEEDS, photographs

pytestmark = pytest.mark.nightly
SMALLEST_MEAN = {224: 0.97, 160: 0.965, 96: 0.93}
"""Of the float accuracy over the splits of `SEEDS`, by size."""
LARGEST_LOSS = 0.01
"""Of int8 against float, in the mean of the same splits."""


def int8_accuracy(keras: Path, data: Path, output: Path) -> float:
    """Of the same model in full int8, on all pictures of `data`; the pixels less 128 are its input."""
    quantize_model(keras, data, output=output, on_note=print)
    model = read_model(output)
    assert model.inputs[0].quantization is not None
    assert (model.inputs[0].quantization.scale, model.inputs[0].quantization.zero_point) == (1.0, -128)
    with np.load(data) as arrays:
        pixels: Any = (arrays["x"].astype(np.int16) - 128).astype(np.int8)
        outputs = LiteRtRunner(model).run([pixels]).outputs[0]
        return float(np.mean(outputs.reshape(len(pixels), -1).argmax(axis=1) == arrays["y"]))


@pytest.mark.timeout(6 * 3600)
@pytest.mark.parametrize("size", sorted(SMALLEST_MEAN))
def test_cats_and_dogs_are_told_apart(size: int, tmp_path: Path) -> None:
    folder = photographs()
    floats, integers = [], []
    for seed in SEEDS:
        trained = train_images(ImageOptions(folder, size=size, seed=seed), tmp_path / str(seed), Reporting(print, print, lambda *_: None))
        assert trained.accuracy is not None
        assert trained.facts.images is not None
        floats.append(trained.accuracy)
        integers.append(int8_accuracy(trained.keras_file, trained.data_file, tmp_path / f"{seed}.tflite"))
        print(f"{size} pixels, seed {seed}: float {floats[-1]:.4f}, int8 {integers[-1]:.4f}, {trained.facts.images.seconds:.0f} s")
    print(f"{size} pixels, mean: float {np.mean(floats):.4f}, int8 {np.mean(integers):.4f}")
    assert np.mean(floats) >= SMALLEST_MEAN[size]
    assert np.mean(integers) >= np.mean(floats) - LARGEST_LOSS
