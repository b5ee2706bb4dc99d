"""torchvision's MobileNetV2 in our layers: which tensor of its state belongs to which of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.errors import InputError
from mcu_toolkit.train.images.backbones import TORCHVISION, Variant
from mcu_toolkit.train.images.backbones.mobilenet_v2 import blocks
from mcu_toolkit.train.images.torch_file import read_torch_file

EPSILON = 1e-5
"""torch.nn.BatchNorm2d's default, which torchvision's model takes."""
VARIANT = Variant(1.0, EPSILON, pads_all_sides=True, normalisation=TORCHVISION)
"""The network as the weights of torchvision were trained in it."""
NATIVE_SIZE = 224
"""Pixels of the pictures that they were trained on."""
_HWIO, _HWCM = (2, 3, 1, 0), (2, 3, 0, 1)
"""Axes of PyTorch's kernels [out, in, height, width] in the order of Keras': of a convolution, of a depthwise one."""
_BATCH_NORM = ("weight", "bias", "running_mean", "running_var")


def load_torchvision(model: Any, path: Path) -> None:
    """Set the weights of `model`'s backbone, a mobilenet_v2 with alpha 1, from the `.pth` file `path`.

    Raises InputError where the file is not torchvision's MobileNetV2, naming the tensor.
    """
    state = read_torch_file(path)
    for layer, name in _layers():
        kernel = _tensor(state, f"{name[0]}.weight", path)
        axes = _HWCM if layer.endswith("_depthwise") else _HWIO
        _set(model.get_layer(layer), [kernel.transpose(axes) if kernel.ndim == 4 else kernel], path)
        _set(model.get_layer(f"{layer}_norm"), [_tensor(state, f"{name[1]}.{part}", path) for part in _BATCH_NORM], path)


def classifier(path: Path) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """torchvision's own last layer, for the 1,000 classes of ImageNet: kernel [1280, 1000] and bias [1000]."""
    state = read_torch_file(path)
    return _tensor(state, "classifier.1.weight", path).T, _tensor(state, "classifier.1.bias", path)


def _layers() -> Iterator[tuple[str, tuple[str, str]]]:
    """(our layer, torchvision's convolution and its batch normalisation); torchvision/models/mobilenetv2.py numbers its modules."""
    yield "stem", ("features.0.0", "features.0.1")
    number = 0
    for number, (expansion, _, _) in enumerate(blocks(1.0)):
        module, part = f"features.{number + 1}.conv", 0
        if expansion > 1:
            yield f"block_{number}_expand", (f"{module}.0.0", f"{module}.0.1")
            part = 1
        yield f"block_{number}_depthwise", (f"{module}.{part}.0", f"{module}.{part}.1")
        yield f"block_{number}_project", (f"{module}.{part + 1}", f"{module}.{part + 2}")
    yield "last", (f"features.{number + 2}.0", f"features.{number + 2}.1")


def _tensor(state: Mapping[str, npt.NDArray[Any]], name: str, path: Path) -> npt.NDArray[Any]:
    if name not in state:
        raise InputError(f"has no tensor '{name}'", on=path, expected="the state of torchvision's mobilenet_v2")
    return state[name]


def _set(layer: Any, values: list[npt.NDArray[Any]], path: Path) -> None:
    for variable, value in zip(layer.weights, values, strict=True):
        if tuple(variable.shape) != value.shape or not np.isfinite(value).all():
            raise InputError(
                f"its tensor for the layer {layer.name} is {list(value.shape)}, or not finite",
                on=path,
                expected=f"{list(variable.shape)}, as torchvision's mobilenet_v2 with alpha 1 has it",
            )
    layer.set_weights(values)
