"""MobileNetV2 (Sandler and others, 2018, arXiv:1801.04381, table 2): inverted residual blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mcu_toolkit.train.images.backbones.backbone import Backbone, Variant, divisible

_STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
"""Expansion, channels, repetitions, stride of the first: table 2."""
_STEM_CHANNELS, _LAST_CHANNELS = 32, 1280


def blocks(alpha: float) -> Iterator[tuple[int, int, int]]:
    """Expansion, channels and stride of each of the 17 blocks."""
    for expansion, channels, repetitions, stride in _STAGES:
        for number in range(repetitions):
            yield expansion, divisible(channels * alpha), stride if number == 0 else 1


def build(tensorflow: Any, normalised: Any, variant: Variant) -> Any:
    """Pictures [n, size, size, 3] to feature maps [n, size/32, size/32, 1280]; wider than alpha 1 the last layer grows too."""
    layers = tensorflow.keras.layers

    def norm(name: str, x: Any) -> Any:
        return layers.BatchNormalization(epsilon=variant.epsilon, momentum=variant.momentum, name=f"{name}_norm")(x)

    def activated(name: str, x: Any) -> Any:
        return layers.ReLU(6.0, name=f"{name}_relu")(norm(name, x))

    def padded(name: str, x: Any, stride: int) -> tuple[Any, str]:
        if stride == 1 or not variant.pads_all_sides:
            return x, "same"
        return layers.ZeroPadding2D(1, name=f"{name}_pad")(x), "valid"

    x, padding = padded("stem", normalised, 2)
    x = layers.Conv2D(divisible(_STEM_CHANNELS * variant.alpha), 3, 2, padding, use_bias=False, name="stem")(x)
    x = activated("stem", x)
    for number, (expansion, channels, stride) in enumerate(blocks(variant.alpha)):
        name, before = f"block_{number}", x
        if expansion > 1:
            expand = layers.Conv2D(expansion * x.shape[-1], 1, use_bias=False, name=f"{name}_expand")
            x = activated(f"{name}_expand", expand(x))
        x, padding = padded(f"{name}_depthwise", x, stride)
        x = activated(f"{name}_depthwise", layers.DepthwiseConv2D(3, stride, padding, use_bias=False, name=f"{name}_depthwise")(x))
        x = norm(f"{name}_project", layers.Conv2D(channels, 1, use_bias=False, name=f"{name}_project")(x))
        if stride == 1 and before.shape[-1] == channels:
            x = layers.Add(name=f"{name}_add")([before, x])
    last = divisible(_LAST_CHANNELS * max(1.0, variant.alpha))
    return activated("last", layers.Conv2D(last, 1, use_bias=False, name="last")(x))


BACKBONE = Backbone(
    name="mobilenet_v2",
    build=build,
    fine_tuned_from="block_11_expand",
    matched_from="block_1_expand",
    keras_application="MobileNetV2",
    keras_alphas=(0.35, 0.5, 0.75, 1.0, 1.3, 1.4),
    keras_sizes=(96, 128, 160, 192, 224),
)
