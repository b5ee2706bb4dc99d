"""Networks that hear words: inputs [frames, features, 1], outputs one probability a class.

With logarithmic bands a network first takes off the loudest of all features and cuts what is far below: how loud somebody speaks and what
a room and a microphone hum is the same to it then.  Both are operators of the model, so a board computes them as training did.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

_DROPOUT = 0.3
_MOMENTUM = 0.9
"""Of batch normalisation's statistics; Keras' 0.99 needs more steps than a small folder gives."""


def _normalised(layers: Any, x: Any) -> Any:
    return layers.ReLU()(layers.BatchNormalization(momentum=_MOMENTUM)(x))


def _below_the_loudest(layers: Any, heard: Any, reach: float | None) -> Any:
    """Features above a floor that lies `reach` below the loudest one of the clip, [n, frames, features, 1]; unchanged for None."""
    if reach is None:
        return heard
    loudest = layers.MaxPooling2D(tuple(heard.shape[1:3]))(heard)
    floor = layers.Rescaling(1.0, -reach)(loudest)
    return layers.ReLU()(layers.Subtract()([heard, floor]))


def ds_cnn(tensorflow: Any, shape: tuple[int, int], classes: int, reach: float | None = None) -> Any:
    """Depthwise separable convolutions over time and frequency, the family of MLPerf Tiny's network (Zhang et al. 2017, Hello Edge)."""
    layers = tensorflow.keras.layers
    heard = layers.Input((*shape, 1), name="features")
    x = _normalised(layers, layers.Conv2D(32, 5, strides=2, padding="same", use_bias=False)(_below_the_loudest(layers, heard, reach)))
    for channels, stride in ((48, 2), (64, 1), (64, 1)):
        x = _normalised(layers, layers.DepthwiseConv2D(3, strides=stride, padding="same", use_bias=False)(x))
        x = _normalised(layers, layers.Conv2D(channels, 1, use_bias=False)(x))
    # Where in time and frequency something was heard tells words apart, so the last map is weighted, not only averaged.
    x = layers.DepthwiseConv2D((x.shape[1], x.shape[2]), use_bias=False)(x)
    x = layers.Dropout(_DROPOUT)(layers.Flatten()(x))
    return tensorflow.keras.Model(heard, layers.Dense(classes, activation="softmax", name="classes")(x), name="ds_cnn")


def streaming(tensorflow: Any, shape: tuple[int, int], classes: int, reach: float | None = None) -> Any:
    """Convolutions over time alone, the features as channels: a frame that was computed once is not needed again when a window moves on."""
    layers = tensorflow.keras.layers
    heard = layers.Input((*shape, 1), name="features")
    # The first kernel is as wide as a frame: what comes out has one column, [frames, 1, channels].
    x = _normalised(layers, layers.Conv2D(48, (5, shape[1]), strides=(2, 1), use_bias=False)(_below_the_loudest(layers, heard, reach)))
    for channels, stride in ((64, 1), (64, 2), (64, 1)):
        x = _normalised(layers, layers.Conv2D(channels, (3, 1), strides=(stride, 1), use_bias=False)(x))
    x = layers.Dropout(_DROPOUT)(layers.GlobalAveragePooling2D()(x))
    return tensorflow.keras.Model(heard, layers.Dense(classes, activation="softmax", name="classes")(x), name="streaming_cnn")


NETWORKS: Mapping[str, Callable[[Any, tuple[int, int], int, float | None], Any]] = MappingProxyType(
    {"ds-cnn": ds_cnn, "streaming": streaming}
)
"""(tensorflow, (frames, features), classes, reach below the loudest feature or None) -> keras.Model, by the option's name."""
