"""Feature matching: in small pictures a network learns to see what it sees in larger ones.

Weights of ImageNet were trained on pictures of 224 pixels or so.  With 96 the same features tell classes apart less well, and a few
hundred labels do not teach the first blocks anything better.  The features of the same view in a larger picture do: they are 1,280
targets a picture where a label is one (hints, Romero and others, 2015, arXiv:1412.6550, section 2.2; here teacher and student are the
same network).  Measured on 614 photographs that no accuracy in our pages was measured on (414 to train, 200 to judge): the log loss of
a head on frozen features of 96 pixels is 0.134, after five epochs of this phase 0.103; of 160 pixels it is 0.083.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.train.images.network import FEATURES

LARGER_SIZE = 160
"""Pixels of the pictures whose features are matched."""
_SMALL_SHARE = 4 / 7
"""Pictures are small up to this share of what the weights were trained on: 128 of 224 pixels."""
_LABELS_SHARE = 0.3
"""What the cross-entropy with the labels counts beside the distance of the features, which counts 1."""
_SMALLEST_DEVIATION = 1e-2
"""Of a feature over the pictures: one that is nearly always the same must not outweigh all others."""


def needs_matching(size: int, native_size: int | None) -> bool:
    """Whether pictures of `size` pixels are small for weights that were trained on `native_size` (None: on this size, or nobody knows)."""
    return native_size is not None and size < LARGER_SIZE and size <= _SMALL_SHARE * native_size


def matching_model(tensorflow: Any, model: Any) -> Any:
    """`model` with one output: probabilities [n, classes], and its features [n, width] behind them."""
    both = tensorflow.keras.layers.Concatenate(name="matched")([model.output, model.get_layer(FEATURES).output])
    return tensorflow.keras.Model(model.input, both, name="matching")


def matching_loss(tensorflow: Any, classes: int, features: npt.NDArray[np.float32]) -> Any:
    """(y [n, classes + width], outputs of `matching_model`) -> loss [n]; `features` [pictures, width] are those of the larger pictures.

    The mean over all features of ((own - larger picture's) / deviation)^2, and a share of the cross-entropy with the labels.
    """
    ops = tensorflow.keras.ops
    deviation = np.maximum(features.std(axis=0), _SMALLEST_DEVIATION).astype(np.float32)

    def loss(y: Any, outputs: Any) -> Any:
        distance = ops.mean(ops.square((outputs[:, classes:] - y[:, classes:]) / deviation), axis=-1)
        return distance + _LABELS_SHARE * ops.categorical_crossentropy(y[:, :classes], outputs[:, :classes])

    return loss
