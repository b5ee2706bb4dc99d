"""MobileNetV1 (Howard and others, 2017, arXiv:1704.04861, table 1): depthwise separable convolutions."""

from __future__ import annotations

from typing import Any

from mcu_toolkit.train.images.backbones.backbone import Backbone, Variant

_STEM_CHANNELS = 32
_BLOCKS = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *((512, 1),) * 5, (1024, 2), (1024, 1))
"""Channels and stride: table 1."""


def build(tensorflow: Any, normalised: Any, variant: Variant) -> Any:
    """Pictures [n, size, size, 3] to feature maps [n, size/32, size/32, 1024 * alpha]."""
    layers = tensorflow.keras.layers

    def activated(name: str, x: Any) -> Any:
        x = layers.BatchNormalization(epsilon=variant.epsilon, momentum=variant.momentum, name=f"{name}_norm")(x)
        return layers.ReLU(6.0, name=f"{name}_relu")(x)

    stem = layers.Conv2D(max(1, int(_STEM_CHANNELS * variant.alpha)), 3, 2, "same", use_bias=False, name="stem")
    x = activated("stem", stem(normalised))
    for number, (channels, stride) in enumerate(_BLOCKS):
        depthwise = layers.DepthwiseConv2D(3, stride, "same", use_bias=False, name=f"block_{number}_depthwise")
        x = activated(f"block_{number}_depthwise", depthwise(x))
        pointwise = layers.Conv2D(max(1, int(channels * variant.alpha)), 1, use_bias=False, name=f"block_{number}_pointwise")
        x = activated(f"block_{number}_pointwise", pointwise(x))
    return x


BACKBONE = Backbone(
    name="mobilenet_v1",
    build=build,
    fine_tuned_from="block_9_depthwise",
    matched_from="block_1_depthwise",
    keras_application="MobileNet",
    keras_alphas=(0.25, 0.5, 0.75, 1.0),
    keras_sizes=(128, 160, 192, 224),
)
