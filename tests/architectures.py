"""Networks in the shapes that people deploy, built, trained for a few steps on made-up data and quantized by the tests themselves.

The first four are MLPerf Tiny's (github.com/mlcommons/tiny, layer tables of the reference models): DS-CNN for keywords, MobileNet v1
0.25 for persons, ResNet-8 for images, an autoencoder for anomalies.  The others are small members of families that are common on
microcontrollers.  Made once per state of the source code and kept in build/test-cache.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from mcu_toolkit.quantize.convert import convert
from mcu_toolkit.quantize.representative import load_representative
from mcu_toolkit.quantize.schemes import get_scheme
from mcu_toolkit.quantize.source import open_source
from mcu_toolkit.runners.isolated import work_folder
from mcu_toolkit.system.files import atomic_path
from mcu_toolkit.tensorflow_loader import installed_versions, load_tensorflow, quiet
from tests.trained_models import SEED

CACHE = Path(__file__).resolve().parents[1] / "build" / "test-cache"
STEPS, BATCH, MOMENTUM = 4, 8, 0.5
"""Enough to move every weight away from where it starts, and batch normalizations to where signals stay alive through all layers."""


def _conv(keras: Any, x: Any, filters: int, kernel: Any, strides: Any = 1, activation: str = "relu") -> Any:
    """Convolution, batch normalization, activation."""
    x = keras.layers.Conv2D(filters, kernel, strides=strides, padding="same", use_bias=False)(x)
    x = keras.layers.BatchNormalization(momentum=MOMENTUM)(x)
    return keras.layers.Activation(activation)(x) if activation else x


def _separable(keras: Any, x: Any, filters: int, strides: Any = 1) -> Any:
    """Depthwise and pointwise convolution, each with batch normalization and ReLU."""
    x = keras.layers.DepthwiseConv2D(3, strides=strides, padding="same", use_bias=False)(x)
    x = keras.layers.ReLU()(keras.layers.BatchNormalization(momentum=MOMENTUM)(x))
    return _conv(keras, x, filters, 1)


def ds_cnn(keras: Any) -> Any:
    """[49, 10, 1] -> 12 keywords."""
    entry = keras.Input((49, 10, 1))
    x = _conv(keras, entry, 64, (10, 4), 2)
    for _ in range(4):
        x = _separable(keras, x, 64)
    x = keras.layers.Flatten()(keras.layers.AveragePooling2D((25, 5))(x))
    return keras.Model(entry, keras.layers.Dense(12, activation="softmax")(x))


def mobilenet_v1(keras: Any) -> Any:
    """[96, 96, 3] -> 2 classes, a quarter of the channels."""
    entry = keras.Input((96, 96, 3))
    x = _conv(keras, entry, 8, 3, 2)
    for filters, strides in ((16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2), *[(128, 1)] * 5, (256, 2), (256, 1)):
        x = _separable(keras, x, filters, strides)
    x = keras.layers.Flatten()(keras.layers.AveragePooling2D(3)(x))
    return keras.Model(entry, keras.layers.Dense(2, activation="softmax")(x))


def resnet8(keras: Any) -> Any:
    """[32, 32, 3] -> 10 classes."""
    entry = keras.Input((32, 32, 3))
    x = _conv(keras, entry, 16, 3)
    for filters, strides in ((16, 1), (32, 2), (64, 2)):
        y = _conv(keras, _conv(keras, x, filters, 3, strides), filters, 3, activation="")
        x = keras.layers.Conv2D(filters, 1, strides=strides, padding="same")(x) if strides > 1 else x
        x = keras.layers.ReLU()(keras.layers.add([x, y]))
    x = keras.layers.Flatten()(keras.layers.AveragePooling2D(8)(x))
    return keras.Model(entry, keras.layers.Dense(10, activation="softmax")(x))


def autoencoder(keras: Any) -> Any:
    """[640] -> [640]."""
    entry = x = keras.Input((640,))
    for units in (128, 128, 128, 128, 8, 128, 128, 128, 128):
        x = keras.layers.ReLU()(keras.layers.BatchNormalization(momentum=MOMENTUM)(keras.layers.Dense(units)(x)))
    return keras.Model(entry, keras.layers.Dense(640)(x))


def mobilenet_v3(keras: Any) -> Any:
    """[24, 24, 3] -> 5 classes: inverted residuals, squeeze and excite, hard swish."""
    layers = keras.layers
    entry = keras.Input((24, 24, 3))
    x = _conv(keras, entry, 8, 3, 2, "hard_swish")
    for filters, expanded, strides, kernel in ((8, 24, 1, 3), (12, 36, 2, 5), (12, 48, 1, 5)):
        y = _conv(keras, x, expanded, 1, activation="hard_swish")
        y = layers.BatchNormalization()(layers.DepthwiseConv2D(kernel, strides=strides, padding="same")(y))
        y = layers.Activation("hard_swish")(y)
        gate = layers.Conv2D(8, 1, activation="relu")(layers.GlobalAveragePooling2D(keepdims=True)(y))
        y = layers.multiply([y, layers.Conv2D(expanded, 1, activation="hard_sigmoid")(gate)])
        y = _conv(keras, y, filters, 1, activation="")
        x = layers.add([x, y]) if strides == 1 and x.shape[-1] == filters else y
    x = layers.Dropout(0.2)(layers.GlobalAveragePooling2D()(x))
    return keras.Model(entry, layers.Dense(5, activation="softmax")(x))


def unet(keras: Any) -> Any:
    """[16, 24, 2] -> a mask of one channel: both ways of growing, joined with what was before."""
    layers = keras.layers
    entry = keras.Input((16, 24, 2))
    first = _conv(keras, entry, 6, 3)
    second = _conv(keras, layers.MaxPooling2D()(first), 10, 3)
    x = _conv(keras, layers.MaxPooling2D()(second), 14, 3)
    x = layers.concatenate([layers.Conv2DTranspose(10, 3, strides=2, padding="same", activation="relu")(x), second])
    x = _conv(keras, x, 10, 3)
    x = layers.concatenate([layers.UpSampling2D(2, interpolation="bilinear")(x), first])
    return keras.Model(entry, layers.Conv2D(1, 1, activation="sigmoid")(x))


def transformer(keras: Any) -> Any:
    """[12, 8] -> 4 classes: attention of two heads, layer normalization (with NEG left in floating point), a feed-forward layer."""
    layers = keras.layers
    entry = keras.Input((12, 8))
    attended = layers.MultiHeadAttention(2, 4)(entry, entry)
    x = layers.LayerNormalization()(layers.add([entry, attended]))
    y = layers.Dense(8)(layers.Dense(16, activation="relu")(x))
    x = layers.LayerNormalization()(layers.add([x, y]))
    return keras.Model(entry, layers.Dense(4, activation="softmax")(layers.GlobalAveragePooling1D()(x)))


def temporal(keras: Any) -> Any:
    """[40, 3] -> 4 gestures: causal convolutions with growing dilation and residuals."""
    layers = keras.layers
    entry = keras.Input((40, 3))
    x = layers.Conv1D(12, 3, padding="causal", activation="relu")(entry)
    for dilation in (1, 2, 4, 8):
        y = layers.Conv1D(12, 3, padding="causal", dilation_rate=dilation, activation="relu")(x)
        x = layers.add([x, layers.Conv1D(12, 1)(y)])
    return keras.Model(entry, layers.Dense(4, activation="softmax")(layers.GlobalMaxPooling1D()(x)))


def gru(keras: Any) -> Any:
    """[10, 6] -> 5 gains: a recurrent layer in unrolled form, as noise suppression has it."""
    entry = keras.Input((10, 6))
    x = keras.layers.GRU(9, unroll=True)(keras.layers.Dense(8, activation="tanh")(entry))
    return keras.Model(entry, keras.layers.Dense(5, activation="sigmoid")(x))


def lstm(keras: Any) -> Any:
    """[8, 6] -> 3 classes: an LSTM in unrolled form."""
    entry = keras.Input((8, 6))
    return keras.Model(entry, keras.layers.Dense(3, activation="softmax")(keras.layers.LSTM(7, unroll=True)(entry)))


MLPERF_TINY: dict[str, Callable[[Any], Any]] = {
    "ds_cnn": ds_cnn,
    "mobilenet_v1": mobilenet_v1,
    "resnet8": resnet8,
    "autoencoder": autoencoder,
}
OTHERS: dict[str, Callable[[Any], Any]] = {
    "mobilenet_v3": mobilenet_v3,
    "unet": unet,
    "transformer": transformer,
    "temporal": temporal,
    "gru": gru,
    "lstm": lstm,
}


def architecture(name: str, scheme: str = "int8") -> Path:
    """The .tflite file of the network `name` under `scheme`, untrained but for a few steps."""
    source = Path(__file__).read_bytes() + repr((SEED, *astuple(installed_versions()))).encode()
    output = CACHE / f"architectures-{hashlib.sha256(source).hexdigest()[:16]}" / f"{name}_{scheme}.tflite"
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(CACHE / f"{output.parent.name}-{name}.lock"):
        if not output.is_file():
            output.parent.mkdir(exist_ok=True)
            _make(name, scheme, output)
    return output


def _make(name: str, scheme: str, output: Path) -> None:
    keras = load_tensorflow().keras
    keras.backend.clear_session()
    keras.utils.set_random_seed(SEED)
    network = {**MLPERF_TINY, **OTHERS}[name](keras)
    random = np.random.default_rng(0)
    inputs = random.normal(0.3, 0.4, (STEPS * BATCH, *network.input_shape[1:])).astype(np.float32)
    targets = random.random((STEPS * BATCH, *network.output_shape[1:])).astype(np.float32)
    network.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
    with quiet():
        network.fit(inputs, targets, batch_size=BATCH, epochs=1, verbose=0)
        network.save(output.with_suffix(".keras"))
    data = output.with_suffix(".npz")
    np.savez(data, x=inputs[:BATCH])
    with work_folder() as work:
        source = open_source(output.with_suffix(".keras"), work)
        # Not `quantize_model`, which refuses operators left in floating point: our compiler runs them.
        content = convert(source, get_scheme(scheme), load_representative(data, source.inputs))
    with atomic_path(output) as tflite:
        tflite.write_bytes(content)
