"""Feature matching: its loss against the formula, when it is done, and that small pictures come to have the features of larger ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mcu_toolkit.tensorflow_loader import load_tensorflow
from mcu_toolkit.train import TrainedModel
from mcu_toolkit.train.images import images as module
from mcu_toolkit.train.images.backbones import Variant, get_backbone
from mcu_toolkit.train.images.batches import Reading, read_all
from mcu_toolkit.train.images.matching import LARGER_SIZE, matching_loss, needs_matching
from mcu_toolkit.train.images.network import backbone_layers, build_network, feature_model
from mcu_toolkit.train.images.options import ImageOptions
from mcu_toolkit.train.images.picture_folder import read_picture_folder
from mcu_toolkit.train.images.weights import Pretrained
from mcu_toolkit.train.phases import FINE_TUNING, HEAD, MATCHING, Reporting
from tests.drawn_shapes import draw_folder

SIZE, ALPHA = 48, 0.1
BACKBONE = "mobilenet_v1"
NOBODY = Reporting(lambda _: None, lambda _: None, lambda *_: None)


@pytest.mark.parametrize(
    ("size", "native", "matched"),
    [(96, 224, True), (128, 224, True), (129, 224, False), (160, 224, False), (224, 224, False), (96, 96, False), (96, None, False)],
)
def test_it_is_for_pictures_that_are_small_for_the_weights(size: int, native: int | None, matched: bool) -> None:
    assert needs_matching(size, native) is matched


def test_the_loss_is_the_distance_in_deviations_and_a_share_of_the_cross_entropy() -> None:
    generator = np.random.default_rng(0)
    larger, own = generator.normal(0, [1, 5, 0], (6, 3)), generator.normal(0, 2, (6, 3))
    labels = np.eye(2)[[0, 1, 0, 1, 0, 1]]
    probabilities = generator.dirichlet([1, 1], 6)
    deviation = np.array([larger[:, 0].std(), larger[:, 1].std(), 0.01])  # the third is always the same
    expected = (((own - larger) / deviation) ** 2).mean(axis=1) - 0.3 * np.log((labels * probabilities).sum(axis=1))
    loss = matching_loss(load_tensorflow(), 2, larger.astype(np.float32))
    y, outputs = (np.concatenate(pair, axis=1).astype(np.float32) for pair in ((labels, larger), (probabilities, own)))
    np.testing.assert_allclose(np.asarray(loss(y, outputs)), expected, rtol=1e-4)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_folder(tmp_path_factory.mktemp("data") / "shapes", pictures=24, shapes=("disc", "square"))


@pytest.fixture(scope="module")
def donor(folder: Path) -> Any:
    """A network of random weights whose batch normalisation knows larger pictures, as if it had been trained on them."""
    tensorflow = load_tensorflow()
    tensorflow.keras.utils.set_random_seed(3)
    model = build_network(tensorflow, get_backbone(BACKBONE), Variant(ALPHA, momentum=0.0), size=LARGER_SIZE, classes=2)
    model(_pixels(folder, LARGER_SIZE), training=True)
    return model


def _pixels(folder: Path, size: int) -> Any:
    found = read_picture_folder(folder, skip_corrupt=False)
    return read_all(Reading(found, size, 8, (1.0, 1.0)), found.pictures)[0].astype(np.float32)


def _trained(folder: Path, donor: Any, output: Path, native_size: int | None, monkeypatch: pytest.MonkeyPatch) -> TrainedModel:
    def load(model: Any) -> None:
        for given, own in zip(backbone_layers(donor), backbone_layers(model), strict=True):
            own.set_weights(given.get_weights())

    pretrained = Pretrained(Variant(ALPHA), "a donor", load, native_size)
    monkeypatch.setattr(module, "find_weights", lambda *_words, **_how: pretrained)
    options = ImageOptions(folder, BACKBONE, 0.25, SIZE, epochs=4, batch_size=8)  # a width that Keras has weights of; the donor has its own
    return module.train_images(options, output, NOBODY)


@pytest.mark.slow
def test_small_pictures_come_to_have_the_features_of_larger_ones(
    folder: Path, donor: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tensorflow = load_tensorflow()
    larger = np.asarray(feature_model(tensorflow, donor)(_pixels(folder, LARGER_SIZE)))
    small = build_network(tensorflow, get_backbone(BACKBONE), Variant(ALPHA), size=SIZE, classes=2)
    for given, own in zip(backbone_layers(donor), backbone_layers(small), strict=True):
        own.set_weights(given.get_weights())
    trained = _trained(folder, donor, tmp_path / "out", 224, monkeypatch)
    matched = tensorflow.keras.models.load_model(trained.keras_file, compile=False)
    pixels = _pixels(folder, SIZE)
    before, after = (np.square(np.asarray(feature_model(tensorflow, one)(pixels)) - larger).mean() for one in (small, matched))
    assert after < 0.9 * before
    np.testing.assert_array_equal(matched.get_layer("stem").get_weights()[0], donor.get_layer("stem").get_weights()[0])
    assert (matched.get_layer("block_1_pointwise").get_weights()[0] != donor.get_layer("block_1_pointwise").get_weights()[0]).any()
    images = trained.facts.images
    assert images is not None
    assert {epoch.phase for epoch in images.history} == {HEAD, MATCHING}
    assert images.best == min((one for one in images.history if one.phase == MATCHING), key=lambda one: one.validation_loss)
    assert all(0 <= epoch.validation_accuracy <= 1 for epoch in images.history)


@pytest.mark.slow
def test_weights_of_unknown_pictures_are_fine_tuned(folder: Path, donor: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images = _trained(folder, donor, tmp_path / "out", None, monkeypatch).facts.images
    assert images is not None
    assert {epoch.phase for epoch in images.history} == {HEAD, FINE_TUNING}
