"""torchvision's MobileNetV2 in our graph: the logits of real photographs are those that PyTorch computes."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from mcu_toolkit.artifacts.picture import fitted_picture
from mcu_toolkit.errors import InputError
from mcu_toolkit.tensorflow_loader import load_tensorflow
from mcu_toolkit.train.images.backbones import get_backbone
from mcu_toolkit.train.images.network import CLASSES, build_network
from mcu_toolkit.train.images.torchvision_weights import VARIANT, classifier, load_torchvision
from mcu_toolkit.train.images.weights_package import fetched_weights

HERE = Path(__file__).parent
PHOTOGRAPHS = Path(__file__).resolve().parents[4] / "shared" / "data" / "cats_dogs"
LARGEST_DIFFERENCE = 3e-5
"""Of logits up to 15: both sum float32 products, each in its own order."""


@pytest.fixture(scope="module")
def weights() -> Path:
    found = fetched_weights()
    if found is None:
        pytest.skip("torchvision's weights are not in the cache: mcu weights fetch")
    return found


def network(weights: Path, size: int) -> Any:
    """The whole network, pixels to 1,000 logits."""
    tensorflow = load_tensorflow()
    model = build_network(tensorflow, get_backbone("mobilenet_v2"), VARIANT, size=size, classes=1000)
    load_torchvision(model, weights)
    model.get_layer(CLASSES).set_weights(list(classifier(weights)))
    model.get_layer(CLASSES).activation = tensorflow.keras.activations.linear
    return model


def photographs(names: list[str]) -> npt.NDArray[np.uint8]:
    if not PHOTOGRAPHS.is_dir():
        pytest.skip(f"no photographs: {PHOTOGRAPHS.name} is not there")
    return np.stack([fitted_picture((PHOTOGRAPHS / name).read_bytes(), 176, 176) for name in names])


def test_the_logits_of_photographs_are_the_stored_ones_of_pytorch(weights: Path) -> None:
    stored = json.loads((HERE / "mobilenet_v2_logits.json").read_text())["pictures"]
    pixels = photographs([row["picture"] for row in stored])
    if any(hashlib.sha256(one.tobytes()).hexdigest() != row["pixels_sha256"] for one, row in zip(pixels, stored, strict=True)):
        pytest.skip("this JPEG decoder gives other pixels than the one that the logits were made with")
    logits = network(weights, 176).predict(pixels.astype(np.float32), verbose=0)
    assert logits.argmax(axis=1).tolist() == [row["class"] for row in stored]
    assert np.abs(logits[:, ::20] - np.array([row["logits"] for row in stored])).max() < LARGEST_DIFFERENCE


@pytest.mark.nightly
@pytest.mark.parametrize("size", [96, 160, 176])
def test_the_logits_are_those_that_pytorch_computes_here(weights: Path, size: int, tmp_path: Path) -> None:
    if importlib.util.find_spec("torch") is None:
        pytest.skip("PyTorch is not installed")
    names = sorted(f"{path.parent.name}/{path.name}" for path in PHOTOGRAPHS.glob("*/*.jpg"))[::125]
    pixels = photographs(names)[:, :size, :size]
    np.save(tmp_path / "pixels.npy", pixels)
    program = [sys.executable, str(HERE / "torch_mobilenet_v2.py"), str(weights), str(tmp_path / "pixels.npy")]
    expected = json.loads(subprocess.run(program, capture_output=True, text=True, check=True).stdout)
    found = network(weights, size).predict(np.ascontiguousarray(pixels).astype(np.float32), verbose=0)
    assert np.abs(found - np.array(expected)).max() < LARGEST_DIFFERENCE


def test_the_weights_of_another_width_are_refused_by_name(weights: Path) -> None:
    from dataclasses import replace

    tensorflow = load_tensorflow()
    narrow = build_network(tensorflow, get_backbone("mobilenet_v2"), replace(VARIANT, alpha=0.5), size=48, classes=2)
    with pytest.raises(InputError, match="layer stem"):
        load_torchvision(narrow, weights)
