"""The phases of a training: head first and then the last blocks, or the whole network where it begins with random numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.train.images.backbones import Backbone
from mcu_toolkit.train.images.batches import Reading, picture_batches
from mcu_toolkit.train.images.distillation import distillation_loss
from mcu_toolkit.train.images.network import CLASSES, DROPOUT, FEATURES, NORMALISE, feature_model
from mcu_toolkit.train.images.options import ImageOptions
from mcu_toolkit.train.images.picture_folder import Picture
from mcu_toolkit.train.images.split import Split
from mcu_toolkit.train.phases import FINE_TUNING, HEAD, WHOLE, Epoch, Listeners, Phase, run_phase

_HEAD_PHASE = Phase(HEAD, 60, 5e-4, 8)
_FINE_TUNING_PHASE = Phase(FINE_TUNING, 5, 3e-5, 2)
_WHOLE_PHASE = Phase(WHOLE, 60, 1e-3, 20)

Samples = tuple[npt.NDArray[Any], ...]
"""(features or labels or weights, one row a picture)."""


@dataclass(frozen=True)
class Trainer:
    """A model and what it is trained on."""

    tensorflow: Any
    model: Any
    backbone: Backbone
    options: ImageOptions
    reading: Reading
    split: Split
    listeners: Listeners

    def pretrained(self) -> tuple[list[Epoch], Epoch]:
        """Phase 1: the head, on the features of each picture and its mirror, which are computed once.  Phase 2: the last blocks too.

        Returns (every epoch, the one whose weights the model has): the best of both phases by validation loss.
        """
        head = self._train_head()
        self._freeze_up_to(self.backbone.fine_tuned_from)
        kept = self.model.get_weights()
        tuned, best = self._run(self.model, self._phase(_FINE_TUNING_PHASE), self._augmented(), self._validation())
        if head[-1].validation_loss < tuned[best].validation_loss:
            self.model.set_weights(kept)
            return [*head[:-1], *tuned], head[-1]
        return [*head[:-1], *tuned], tuned[best]

    def from_nothing(self) -> tuple[list[Epoch], Epoch]:
        """One phase: all layers, with augmentation; returns (every epoch, the one whose weights the model has)."""
        epochs, best = self._run(self.model, self._phase(_WHOLE_PHASE), self._augmented(), self._validation())
        return epochs, epochs[best]

    def _phase(self, phase: Phase) -> Phase:
        return phase if self.options.epochs is None else Phase(phase.name, self.options.epochs, phase.learning_rate, phase.patience)

    def _train_head(self) -> list[Epoch]:
        """Every epoch of phase 1, and behind them once more the best one."""
        keras = self.tensorflow.keras
        backbone = feature_model(self.tensorflow, self.model)
        sides = (False, True) if self.options.mirror else (False,)
        count = len(self.split.train) * len(sides) + len(self.split.validation)
        done = [0]

        def told(samples: int) -> None:
            done[0] += samples
            if self.listeners.on_batch is not None:
                self.listeners.on_batch(done[0], count, "features of every picture")

        parts = [self._features(backbone, self.split.train, told, mirrored=side) for side in sides]
        training = tuple(np.concatenate(columns) for columns in zip(*parts, strict=True))
        validation = self._features(backbone, self.split.validation, told)
        features = keras.layers.Input((training[0].shape[1],))
        head = keras.Model(features, self.model.get_layer(CLASSES)(self.model.get_layer(DROPOUT)(features)), name=HEAD)
        epochs, best = self._run(head, _HEAD_PHASE, self._from_arrays(training, shuffle=True), self._from_arrays(validation))
        return [*epochs, epochs[best]]

    def _features(self, backbone: Any, pictures: Sequence[Picture], told: Callable[[int], None], *, mirrored: bool = False) -> Samples:
        batches = picture_batches(self.tensorflow, self.reading, pictures, mirrored=mirrored)
        rows = []
        run = self.tensorflow.function(lambda x: backbone(x, training=False), reduce_retracing=True)
        for number in range(len(batches)):
            x, y, weights = batches[number]
            rows.append((np.asarray(run(self.tensorflow.constant(x))), y, weights))
            told(len(x))
        return tuple(np.concatenate(column) for column in zip(*rows, strict=True))

    def _from_arrays(self, samples: Samples, *, shuffle: bool = False) -> Any:
        data = self.tensorflow.data.Dataset.from_tensor_slices(samples)
        data = data.shuffle(len(samples[0]), seed=self.options.seed) if shuffle else data
        return data.batch(self.options.batch_size)

    def _augmented(self) -> Any:
        options = self.options
        return picture_batches(self.tensorflow, self.reading, self.split.train, seed=options.seed, augment=True, mirror=options.mirror)

    def _validation(self) -> Any:
        return picture_batches(self.tensorflow, self.reading, self.split.validation)

    def _run(self, model: Any, phase: Phase, training: Any, validation: Any) -> tuple[list[Epoch], int]:
        distillation = self.options.distillation
        loss = (
            "categorical_crossentropy" if distillation is None else distillation_loss(self.tensorflow, distillation, self.reading.classes)
        )
        return run_phase(self.tensorflow, model, phase, (loss, training, validation), self.listeners)

    def _freeze_up_to(self, name: str) -> None:
        """Only the layers from `name` on are trained.  Statistics of batch normalisation stay everywhere: so few pictures spoil them."""
        names = [layer.name for layer in self.model.layers]
        first = names.index(name)
        for index, layer in enumerate(self.model.layers):
            is_norm = isinstance(layer, self.tensorflow.keras.layers.BatchNormalization)
            layer.trainable = index >= first and not is_norm and layer.name not in (NORMALISE, FEATURES)
