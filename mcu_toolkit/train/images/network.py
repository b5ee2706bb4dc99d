"""The model that is trained: pixels in, probabilities out; a backbone between its first layer and its last."""

from __future__ import annotations

from typing import Any

import numpy as np

from mcu_toolkit.train.images.backbones import Backbone, Normalisation, Variant

INPUT, NORMALISE, FEATURES, DROPOUT, CLASSES = "image", "normalise", "features", "dropout", "classes"
_DROPOUT_SHARE = 0.2


def build_network(tensorflow: Any, backbone: Backbone, variant: Variant, *, size: int, classes: int) -> Any:
    """A keras.Model from pictures [n, size, size, 3], pixels 0..255 as float32, to probabilities [n, classes].

    The mean and deviation that the weights expect are the model's first layer, so its quantized input is the picture's own bytes
    (scale 1), and nothing is left to compute on the board.  A border of zeros comes behind that layer, as in training.
    """
    layers = tensorflow.keras.layers
    image = layers.Input((size, size, 3), name=INPUT)
    # A depthwise convolution of one pixel: one operator after conversion, where keras.layers.Normalization becomes two.
    normalise = layers.DepthwiseConv2D(1, name=NORMALISE, trainable=False)
    features = backbone.build(tensorflow, normalise(image), variant)
    pooled = layers.GlobalAveragePooling2D(name=FEATURES)(features)
    dropped = layers.Dropout(_DROPOUT_SHARE, name=DROPOUT)(pooled)
    # Zeros: early in its training such a layer is a small one, which tells pictures it has not seen apart better than a random one.
    last = layers.Dense(classes, activation="softmax", kernel_initializer="zeros", name=CLASSES)
    probabilities = last(dropped)
    set_normalisation(normalise, variant.normalisation)
    return tensorflow.keras.Model(image, probabilities, name=f"{backbone.name.replace('-', '_')}_{size}")


def set_normalisation(layer: Any, normalisation: Normalisation) -> None:
    """Let `layer` compute (pixel - mean) / deviation for each channel."""
    mean, deviation = np.asarray(normalisation.mean), np.asarray(normalisation.deviation)
    layer.set_weights([(1.0 / deviation).astype(np.float32).reshape(1, 1, 3, 1), (-mean / deviation).astype(np.float32)])


def feature_model(tensorflow: Any, model: Any) -> Any:
    """The same layers from the picture to the pooled features, which the last layer judges."""
    return tensorflow.keras.Model(model.input, model.get_layer(FEATURES).output, name="features")


def backbone_layers(model: Any) -> list[Any]:
    """The layers with weights between the first one and the last, in order."""
    return [layer for layer in model.layers if layer.weights and layer.name not in (NORMALISE, CLASSES)]
