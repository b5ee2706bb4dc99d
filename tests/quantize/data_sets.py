"""Three data sets with three channels each, to plant mistakes in: tinted real digits, patches of real photographs, motion."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from filelock import FileLock

from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.tensorflow_loader import installed_versions, load_tensorflow, quiet
from tests.trained_models import CACHE, SEED

PATCH = 12


@dataclass(frozen=True)
class DataSet:
    """`raw` [samples, *shape] as the sensor gives it, `y` classes, and what makes a model's input of it."""

    name: str
    raw: npt.NDArray[Any]
    y: npt.NDArray[np.int64]
    preprocessing: Preprocessing

    @property
    def x(self) -> npt.NDArray[np.float32]:
        return self.preprocessing.apply(self.raw)

    @property
    def classes(self) -> int:
        return int(self.y.max()) + 1


def tinted_digits() -> DataSet:
    """scikit-learn's digits 0 to 4 in warm colours on dark ground, uint8."""
    from sklearn.datasets import load_digits

    digits = load_digits(n_class=5)
    random = np.random.default_rng(0)
    tint = random.uniform([0.8, 0.45, 0.1], [1.0, 0.75, 0.4], (len(digits.images), 3))
    raw = np.round(digits.images[..., np.newaxis] / 16 * tint[:, np.newaxis, np.newaxis, :] * 255).astype(np.uint8)
    return DataSet(
        "tinted-digits", raw, digits.target.astype(np.int64), Preprocessing("uint8", scale=(1 / 255,), layout="hwc", channel_order="rgb")
    )


def photographs() -> DataSet:
    """Patches of the two photographs that come with scikit-learn, uint8: which of the two?"""
    import sklearn.datasets

    folder = Path(sklearn.datasets.__file__).parent / "images"
    tensorflow = load_tensorflow()
    random = np.random.default_rng(0)
    raw, y = [], []
    for number, name in enumerate(("china.jpg", "flower.jpg")):
        image = tensorflow.io.decode_jpeg((folder / name).read_bytes()).numpy()
        for _ in range(500):
            top, left = (int(random.integers(0, size - 2 * PATCH)) for size in image.shape[:2])
            raw.append(image[top : top + 2 * PATCH : 2, left : left + 2 * PATCH : 2])
            y.append(number)
    order = random.permutation(len(y))
    preprocessing = Preprocessing("uint8", mean=(127.5,), scale=(1 / 127.5,), layout="hwc", channel_order="rgb")
    return DataSet("photographs", np.stack(raw)[order], np.array(y, np.int64)[order], preprocessing)


def motion() -> DataSet:
    """Computed windows of an accelerometer, int16 with 16,384 counts a g, gravity along z: still, walking, shaken."""
    random = np.random.default_rng(0)
    y = random.integers(0, 3, 900)
    time = np.arange(32) / 32
    x = random.normal(0, 0.03, (900, 32, 3)) + np.array([0.0, 0.1, 1.0])
    for number, kind in enumerate(y):
        phase, rate = random.uniform(0, 6.3), random.uniform(1.5, 2.5) if kind == 1 else random.uniform(5, 8)
        swing = np.sin(2 * np.pi * rate * time + phase)
        x[number] += [[0, 0, 0], [0.1, 0.15, 0.4], [0.9, 0.3, 0.2]][kind] * swing[:, np.newaxis]
    raw = np.clip(np.round(x * 16384), -32768, 32767).astype(np.int16)
    return DataSet("motion", raw, y.astype(np.int64), Preprocessing("int16", scale=(1 / 16384,), channel_order="xyz"))


ALL: tuple[Callable[[], DataSet], ...] = (tinted_digits, photographs, motion)


def train(data: DataSet) -> Any:
    """A tiny classifier: with batch normalisation for images, without for motion."""
    keras = load_tensorflow().keras
    keras.backend.clear_session()
    keras.utils.set_random_seed(SEED)
    layers = keras.layers
    x = data.x
    if x.ndim == 4:
        body = [
            layers.Conv2D(8, 3, strides=2, use_bias=False, name="conv"),
            layers.BatchNormalization(name="norm"),
            layers.ReLU(name="relu"),
        ]
    else:
        body = [layers.Conv1D(8, 5, strides=2, activation="relu", name="conv")]
    model = keras.Sequential(
        [
            layers.Input(x.shape[1:], name="x"),
            *body,
            layers.Flatten(name="flatten"),
            layers.Dense(data.classes, activation="softmax", name="classes"),
        ],
        name="small",
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, data.y, epochs=20, batch_size=32, verbose=0)
    return model


def trained(data: DataSet) -> Path:
    """`train`'s model as a .keras file, kept in build/test-cache."""
    key = hashlib.sha256(Path(__file__).read_bytes() + repr((SEED, *astuple(installed_versions()))).encode()).hexdigest()[:16]
    path = CACHE / f"{data.name}-{key}.keras"
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):
        if not path.is_file():
            unfinished = path.with_name(f"unfinished-{path.name}")
            with quiet():
                train(data).save(unfinished)
            unfinished.replace(path)
    return path
