"""What a backbone is: a function that builds the network from pictures to feature maps, and how it was trained on ImageNet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_TINY = 0.9
"""Rounding must not take away more than a tenth of the channels."""


@dataclass(frozen=True)
class Normalisation:
    """The first layer: value = (pixel - mean) / deviation, for each of red, green and blue, of pixels 0..255."""

    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]


TO_ONE = Normalisation((127.5,) * 3, (127.5,) * 3)
"""-1..1, as keras.applications' `preprocess_input` in mode `tf`."""
TORCHVISION = Normalisation(
    (0.485 * 255, 0.456 * 255, 0.406 * 255),
    (0.229 * 255, 0.224 * 255, 0.225 * 255),
)
"""Mean and standard deviation of ImageNet's pixels, as the transforms of torchvision's weights state them."""


@dataclass(frozen=True)
class Variant:
    """In what the same network differs from one set of weights to another."""

    alpha: float = 1.0
    """Width: the channels of table 1 or 2 are multiplied by it."""
    epsilon: float = 1e-3
    """Of batch normalisation: Keras takes 1e-3, PyTorch 1e-5."""
    momentum: float = 0.99
    pads_all_sides: bool = False
    """A convolution with stride 2 has a border of 1 on all four sides, as in PyTorch; TensorFlow's `same` has it right and below."""
    normalisation: Normalisation = TO_ONE


@dataclass(frozen=True)
class Backbone:
    """One file of this folder makes one of these, called `BACKBONE`."""

    name: str
    build: Callable[[Any, Any, Variant], Any]
    """(tensorflow, normalised pictures [n, size, size, 3], its variant) -> feature maps; every layer has a name."""
    fine_tuned_from: str = ""
    """The layer from which on the second phase trains; empty where all layers are trained from the beginning."""
    matched_from: str = ""
    """The layer from which on small pictures are learned by their features (`matching.py`); empty where there are no weights."""
    keras_application: str = ""
    """The class of keras.applications with the same layers in the same order; empty where there is none."""
    keras_alphas: tuple[float, ...] = ()
    """Widths that Keras publishes weights for."""
    keras_sizes: tuple[int, ...] = ()
    """Sizes that Keras publishes weights for; others take those of 224."""


def divisible(channels: float, divisor: int = 8) -> int:
    """`channels` to the nearest multiple of `divisor`, never less than nine tenths of it (the reference code of MobileNet)."""
    rounded = max(divisor, int(channels + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < _TINY * channels else rounded
