"""The backbones: the same networks as keras.applications has, layer for layer, and pixels as their input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mcu_toolkit.errors import InputError, UnknownNameError
from mcu_toolkit.tensorflow_loader import load_tensorflow
from mcu_toolkit.train.images.backbones import TO_ONE, TORCHVISION, Variant, backbone_names, get_backbone
from mcu_toolkit.train.images.network import NORMALISE, build_network, feature_model
from mcu_toolkit.train.images.weights import copy_in_order


@pytest.fixture(scope="module")
def tensorflow() -> Any:
    return load_tensorflow()


def randomised(model: Any) -> Any:
    """`model` with statistics of batch normalisation that differ from layer to layer, so that no layer can be left out unseen."""
    generator = np.random.default_rng(0)
    for layer in model.layers:
        if len(layer.weights) == 4:  # batch normalisation: gamma, beta, mean and variance
            layer.set_weights([value + generator.uniform(0.0, 0.3, value.shape) for value in layer.get_weights()])
    return model


@pytest.mark.slow
@pytest.mark.parametrize(("name", "alpha", "size"), [("mobilenet_v2", 0.35, 96), ("mobilenet_v2", 1.3, 75), ("mobilenet_v1", 0.25, 64)])
def test_with_the_same_weights_they_compute_what_keras_applications_computes(tensorflow: Any, name: str, alpha: float, size: int) -> None:
    backbone = get_backbone(name)
    application = getattr(tensorflow.keras.applications, backbone.keras_application)
    donor = randomised(application(input_shape=(size, size, 3), alpha=alpha, include_top=False, weights=None, pooling="avg"))
    model = build_network(tensorflow, backbone, Variant(alpha), size=size, classes=2)
    copy_in_order(donor, model)
    pixels = np.random.default_rng(1).integers(0, 256, (2, size, size, 3)).astype(np.float32)
    expected = donor.predict(pixels / 127.5 - 1, verbose=0)
    found = feature_model(tensorflow, model).predict(pixels, verbose=0)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
    assert 0 < expected.std() < 3  # neither dead nor all cut off at 6


@pytest.mark.parametrize("normalisation", [TO_ONE, TORCHVISION])
def test_the_first_layer_subtracts_the_mean_and_divides_by_the_deviation(tensorflow: Any, normalisation: Any) -> None:
    model = build_network(tensorflow, get_backbone("small-cnn"), Variant(0.5, normalisation=normalisation), size=48, classes=2)
    first = tensorflow.keras.Model(model.input, model.get_layer(NORMALISE).output)
    pixels = np.random.default_rng(0).integers(0, 256, (1, 48, 48, 3)).astype(np.float32)
    expected = (pixels - np.array(normalisation.mean)) / np.array(normalisation.deviation)
    np.testing.assert_allclose(first.predict(pixels, verbose=0), expected, atol=1e-5)


@pytest.mark.parametrize("name", backbone_names())
def test_sizes_and_widths_that_no_table_has_can_be_built(tensorflow: Any, name: str) -> None:
    model = build_network(tensorflow, get_backbone(name), Variant(0.3), size=51, classes=7)
    assert tuple(model.output.shape) == (None, 7)
    assert len({layer.name for layer in model.layers}) == len(model.layers)


def test_an_unknown_backbone_is_named_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="mobilenet_v3") as refused:
        get_backbone("mobilenet_v3")
    assert "mobilenet_v2" in str(refused.value)
    assert isinstance(refused.value, InputError)
