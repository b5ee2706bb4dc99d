"""Training on arrays of features that fit into memory, each epoch with an augmentation of its own."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.tensorflow_loader import load_tensorflow
from mcu_toolkit.train.phases import WHOLE, Epoch, Listeners, Phase, run_phase

_FEWEST_BATCHES = 20
"""Of an epoch: fewer leave batch normalisation's statistics behind."""
Floats = npt.NDArray[np.float32]
Draw = Callable[[npt.NDArray[np.int64], np.random.Generator], Floats]
"""(indices of samples, generator) -> model inputs [indices, *shape], augmented."""


@dataclass(frozen=True)
class Samples:
    """Inputs of a model and what it should answer."""

    x: Floats
    """[samples, *shape]."""
    y: Floats
    """[samples, ...]: classes one-hot, or the inputs themselves for an autoencoder."""


@dataclass(frozen=True)
class Recipe:
    """How a network is trained."""

    loss: Any
    epochs: int
    learning_rate: float
    patience: int
    batch_size: int
    seed: int


def augmented_batches(tensorflow: Any, draw: Draw, y: Floats, recipe: Recipe) -> Any:
    """A keras.utils.PyDataset over the samples with the answers `y` in an order and with inputs drawn for each epoch.

    The same seed gives the same batches, whichever is asked for first.  Few samples are drawn several times an epoch, so that it has
    `_FEWEST_BATCHES`.
    """
    turns = math.ceil(_FEWEST_BATCHES * recipe.batch_size / len(y))

    class Batches(tensorflow.keras.utils.PyDataset):  # type: ignore[misc]
        """Its base exists only once TensorFlow was imported."""

        def __init__(self) -> None:
            super().__init__(workers=1, use_multiprocessing=False, max_queue_size=4)
            self.epoch = 0

        def __len__(self) -> int:
            return math.ceil(turns * len(y) / recipe.batch_size)

        def __getitem__(self, number: int) -> tuple[Floats, Floats]:
            generator = np.random.default_rng([recipe.seed, self.epoch])
            order = np.concatenate([generator.permutation(len(y)) for _ in range(turns)])
            chosen = order[number * recipe.batch_size : (number + 1) * recipe.batch_size]
            return draw(chosen, np.random.default_rng([recipe.seed, self.epoch, number])), y[chosen]

        def on_epoch_end(self) -> None:
            self.epoch += 1

    return Batches()


def fit(model: Any, training: Any, validation: Samples | None, recipe: Recipe, listeners: Listeners) -> tuple[list[Epoch], int]:
    """Train `model` on the batches `training`; returns (epochs, index of the one whose weights it has).

    That is the epoch with the smallest validation loss, without validation samples the last one.  Raises NotSatisfiedError where the
    training diverged.
    """
    tensorflow = load_tensorflow()
    phase = Phase(WHOLE, recipe.epochs, recipe.learning_rate, recipe.patience)
    judged = None
    if validation is not None:
        judged = tensorflow.data.Dataset.from_tensor_slices((validation.x, validation.y)).batch(256)
    return run_phase(tensorflow, model, phase, (recipe.loss, training, judged), listeners)


def one_hot(labels: npt.NDArray[np.int64], classes: int) -> Floats:
    """[samples] -> [samples, classes]."""
    return np.eye(classes, dtype=np.float32)[labels]
