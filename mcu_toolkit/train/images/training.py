"""The phases of a training: head first and then the last blocks, or the whole network where it begins with random numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.train.images.backbones import Backbone
from mcu_toolkit.train.images.batches import Reading, picture_batches
from mcu_toolkit.train.images.distillation import distillation_loss
from mcu_toolkit.train.images.matching import LARGER_SIZE, matching_loss, matching_model, needs_matching
from mcu_toolkit.train.images.network import CLASSES, DROPOUT, FEATURES, NORMALISE, build_network, feature_model
from mcu_toolkit.train.images.options import ImageOptions
from mcu_toolkit.train.images.picture_folder import Picture
from mcu_toolkit.train.images.split import Split
from mcu_toolkit.train.images.weights import Pretrained
from mcu_toolkit.train.phases import FINE_TUNING, HEAD, MATCHING, WHOLE, Epoch, Listeners, Phase, run_phase

_HEAD_PHASE = Phase(HEAD, 60, 5e-4, 8)
_FINE_TUNING_PHASE = Phase(FINE_TUNING, 5, 3e-5, 2)
_MATCHING_PHASE = Phase(MATCHING, 8, 2e-4, 3)
_WHOLE_PHASE = Phase(WHOLE, 60, 1e-3, 20)

Samples = tuple[npt.NDArray[Any], ...]
"""(features or labels or weights, one row a picture)."""


@dataclass(frozen=True)
class Trainer:
    """A model and what it is trained on."""

    tensorflow: Any
    model: Any
    backbone: Backbone
    weights: Pretrained
    options: ImageOptions
    reading: Reading
    split: Split
    listeners: Listeners

    def from_weights(self) -> tuple[list[Epoch], Epoch]:
        """Phase 1: the head, on the features of each picture and its mirror, which are computed once.  Phase 2: the last blocks too.

        Returns (every epoch, the one whose weights the model has): the best of both phases by validation loss.
        Where the pictures are small for the weights, both phases are others (`_matched`).
        """
        if self.is_matched:
            return self._matched()
        head = self._train_head(*self._features_of_parts(feature_model(self.tensorflow, self.model), self.reading))
        self._freeze_up_to(self.backbone.fine_tuned_from)
        kept = self.model.get_weights()
        tuned, best = self._run(self.model, self._phase(_FINE_TUNING_PHASE), self._augmented(), self._validation())
        if head[-1].validation_loss < tuned[best].validation_loss:
            self.model.set_weights(kept)
            return [*head[:-1], *tuned], head[-1]
        return [*head[:-1], *tuned], tuned[best]

    @property
    def is_matched(self) -> bool:
        """Whether the second phase learns the features of larger pictures; a teacher that the user names takes their place."""
        return self.options.distillation is None and needs_matching(self.options.size, self.weights.native_size)

    def _matched(self) -> tuple[list[Epoch], Epoch]:
        """Phase 1: the head, on features of larger pictures.  Phase 2: nearly all blocks, so that small pictures have the same features.

        Losses of the two are not comparable: the model has the weights of the best epoch of phase 2.
        """
        reading, classes = self.reading, self.reading.classes
        larger = build_network(self.tensorflow, self.backbone, self.weights.variant, size=LARGER_SIZE, classes=classes)
        if self.weights.load is not None:
            self.weights.load(larger)
        features = feature_model(self.tensorflow, larger)
        training, validation = self._features_of_parts(features, replace(reading, size=LARGER_SIZE))
        head = self._train_head(training, validation)
        run = self.tensorflow.function(lambda x: features(x, training=False), reduce_retracing=True)

        def answer(pictures: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
            return np.asarray(run(self.tensorflow.constant(pictures.astype(np.float32))))

        matched = replace(self, reading=replace(reading, teacher=answer, teacher_size=LARGER_SIZE))
        self._freeze_up_to(self.backbone.matched_from)
        loss = matching_loss(self.tensorflow, classes, training[0])
        data = (loss, matched._augmented(), matched._validation())
        model = matching_model(self.tensorflow, self.model)
        epochs, best = run_phase(self.tensorflow, model, self._phase(_MATCHING_PHASE), data, self.listeners, classes=classes)
        return [*head[:-1], *epochs], epochs[best]

    def from_nothing(self) -> tuple[list[Epoch], Epoch]:
        """One phase: all layers, with augmentation; returns (every epoch, the one whose weights the model has)."""
        epochs, best = self._run(self.model, self._phase(_WHOLE_PHASE), self._augmented(), self._validation())
        return epochs, epochs[best]

    def _phase(self, phase: Phase) -> Phase:
        return phase if self.options.epochs is None else Phase(phase.name, self.options.epochs, phase.learning_rate, phase.patience)

    def _features_of_parts(self, backbone: Any, reading: Reading) -> tuple[Samples, Samples]:
        """Of the training pictures, each with its mirror image, and of the validation pictures."""
        sides = (False, True) if self.options.mirror else (False,)
        count = len(self.split.train) * len(sides) + len(self.split.validation)
        done = [0]

        def told(samples: int) -> None:
            done[0] += samples
            if self.listeners.on_batch is not None:
                self.listeners.on_batch(done[0], count, "features of every picture")

        parts = [self._features(backbone, reading, self.split.train, told, mirrored=side) for side in sides]
        training = tuple(np.concatenate(columns) for columns in zip(*parts, strict=True))
        return training, self._features(backbone, reading, self.split.validation, told)

    def _train_head(self, training: Samples, validation: Samples) -> list[Epoch]:
        """Every epoch of phase 1, and behind them once more the best one."""
        keras = self.tensorflow.keras
        features = keras.layers.Input((training[0].shape[1],))
        head = keras.Model(features, self.model.get_layer(CLASSES)(self.model.get_layer(DROPOUT)(features)), name=HEAD)
        epochs, best = self._run(head, _HEAD_PHASE, self._from_arrays(training, shuffle=True), self._from_arrays(validation))
        return [*epochs, epochs[best]]

    def _features(
        self, backbone: Any, reading: Reading, pictures: Sequence[Picture], told: Callable[[int], None], *, mirrored: bool = False
    ) -> Samples:
        batches = picture_batches(self.tensorflow, reading, pictures, mirrored=mirrored)
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
