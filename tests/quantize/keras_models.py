"""Small untrained Keras models for tests of the converter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mcu_toolkit.tensorflow_loader import load_tensorflow, quiet

SAMPLES = 20


def functional(
    layers: Callable[[Any, Any], Any], shape: Sequence[int | None] = (4, 4, 2), *, dtype: str = "float32", name: str = "x"
) -> Any:
    """A model of one input; `layers(keras, input)` returns the output."""
    keras = load_tensorflow().keras
    keras.backend.clear_session()
    keras.utils.set_random_seed(0)
    entry = keras.layers.Input(shape, dtype=dtype, name=name)
    return keras.Model(entry, layers(keras, entry))


def small_cnn() -> Any:
    """[4, 4, 2] -> convolution, flatten, dense with softmax."""
    return functional(
        lambda keras, x: keras.layers.Dense(3, activation="softmax", name="classes")(
            keras.layers.Flatten(name="flatten")(keras.layers.Conv2D(4, 3, activation="relu", name="conv")(x))
        )
    )


def save(model: Any, path: Path) -> Path:
    """Write `model` as a .keras file."""
    with quiet():
        model.save(path)
    return path


def export(model: Any, folder: Path) -> Path:
    """Write `model` as Keras does by default: a SavedModel with an open batch."""
    with quiet():
        model.export(str(folder), verbose=False)
    return folder


def write_data(path: Path, **arrays: Any) -> Path:
    """Write an .npz file."""
    np.savez(path, **arrays)
    return path


def random_samples(*shape: int, samples: int = SAMPLES) -> np.ndarray:
    """float32 [samples, *shape] in 0..1."""
    return np.random.default_rng(0).random((samples, *shape), dtype=np.float32)
