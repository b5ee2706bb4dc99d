"""A small network to train from nothing: four convolutions, each with a pooling behind it; alpha widens it."""

from __future__ import annotations

from typing import Any

from mcu_toolkit.train.images.backbones.backbone import Backbone, Variant, divisible

_CHANNELS = (16, 32, 64, 96)


def build(tensorflow: Any, normalised: Any, variant: Variant) -> Any:
    """Pictures [n, size, size, 3] to feature maps [n, size/16, size/16, 96 * alpha]."""
    layers = tensorflow.keras.layers
    x = normalised
    for number, channels in enumerate(_CHANNELS):
        name = f"conv_{number}"
        x = layers.Conv2D(divisible(channels * variant.alpha), 3, padding="same", use_bias=False, name=name)(x)
        x = layers.BatchNormalization(epsilon=variant.epsilon, momentum=variant.momentum, name=f"{name}_norm")(x)
        x = layers.ReLU(name=f"{name}_relu")(x)
        x = layers.MaxPooling2D(2, name=f"{name}_pool")(x)
    return x


BACKBONE = Backbone(name="small-cnn", build=build)
