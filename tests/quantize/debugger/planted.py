"""Small networks of dense layers with one layer spoilt, each in a way that has a remedy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mcu_toolkit.quantize import ConvertOptions
from mcu_toolkit.tensorflow_loader import load_tensorflow
from tests.quantize import keras_models as models

WIDTH, HIDDEN, OUTPUTS = 16, 3, 4


@dataclass(frozen=True)
class Planted:
    """A spoilt model with its data, where the trouble is, and what repairs it."""

    model: Path
    data: Path
    repaired_data: Path
    layer: str
    remedy: str
    scheme_of_remedy: str = "int8"
    layers: tuple[str, ...] = ()
    """The layers that the remedy treats, and how: `dense1=float32`."""
    per_channel: bool = True
    """Of the spoilt model; the repaired one always has a scale for each channel."""

    @property
    def options(self) -> ConvertOptions:
        return ConvertOptions(per_channel_dense=self.per_channel)


def plant(kind: str, seed: int, folder: Path) -> Planted:
    """A variant of `kind`: the layer, the unit and all weights depend on `seed`."""
    random = np.random.default_rng(seed)
    weights = [random.normal(0, (2 / WIDTH) ** 0.5, (WIDTH, WIDTH if n < HIDDEN else OUTPUTS)) for n in range(HIDDEN + 1)]
    biases = [random.normal(0, 0.05, w.shape[1]) for w in weights]
    bad, unit = int(random.integers(HIDDEN)), int(random.integers(3, WIDTH))
    x, x_rep = random.random((80, WIDTH)), random.random((150, WIDTH))
    spoil = {"one-scale": _one_scale, "outlier": _outlier, "narrow": _narrow, "wide-weights": _wide_weights}[kind]
    spoil(weights, biases, bad, unit)
    if kind == "wide-weights" and bad == 0:
        x[:, unit], x_rep[:, unit] = x[:, unit] * 1e-6, x_rep[:, unit] * 1e-6
    narrow = x_rep.copy()
    if kind == "narrow":
        narrow[np.arange(150), random.integers(0, 2, 150)] = 0.0  # never both
        x[:, :2] = random.uniform(0.5, 1.0, (80, 2))
        x_rep[:40, :2] = random.uniform(0.5, 1.0, (40, 2))
    arrays = {"x": x.astype(np.float32)}
    layer, data, good = f"layer 'dense{bad}'", folder / "data.npz", folder / "good.npz"
    np.savez(data, x_rep=narrow.astype(np.float32), **arrays)
    np.savez(good, x_rep=x_rep.astype(np.float32), **arrays)
    model = models.save(_network(weights, biases), folder / "model.keras")
    if kind == "one-scale":
        return Planted(model, data, data, layer, "per-channel", per_channel=False)
    if kind == "outlier":
        readers = [f"dense{bad + 1}" if bad + 1 < HIDDEN else "out"]
        return Planted(model, data, data, layer, "int16x8", "int16x8", tuple(f"{name}=int16x8" for name in (f"dense{bad}", *readers)))
    if kind == "wide-weights":
        return Planted(model, data, data, layer, "float-weights", layers=(f"dense{bad}=float32",))
    return Planted(model, data, good, layer, "more-data")


def _one_scale(weights: list[Any], biases: list[Any], bad: int, unit: int) -> None:
    """A dead unit with huge weights takes all steps of the one scale."""
    weights[bad][:, unit] *= 100
    biases[bad][unit] = -np.abs(weights[bad][:, unit]).sum() * 40


def _outlier(weights: list[Any], biases: list[Any], bad: int, unit: int) -> None:
    """A unit that nobody listens to has results a hundred times larger than the others'."""
    weights[bad][:, unit] = np.abs(weights[bad][:, unit]) * 100
    weights[bad + 1][unit] = 0


def _wide_weights(weights: list[Any], biases: list[Any], bad: int, unit: int) -> None:
    """Every unit listens with a huge weight to a unit before that says nothing: for the first layer, an input of tiny values."""
    if bad > 0:
        weights[bad - 1][:, unit], biases[bad - 1][unit] = 0, -1
    weights[bad][unit] = 300 * np.sign(weights[bad][unit])


def _narrow(weights: list[Any], biases: list[Any], bad: int, unit: int) -> None:
    """A unit that answers to inputs 0 and 1 together, which are brought to its layer unchanged."""
    for number in range(bad):
        weights[number][:, :2], biases[number][:2] = 0, 0
        weights[number][0, 0] = weights[number][1, 1] = 1
    weights[bad][:, unit] = 0
    weights[bad][:2, unit], biases[bad][unit] = 12, -12


def _network(weights: list[Any], biases: list[Any]) -> Any:
    keras = load_tensorflow().keras
    keras.backend.clear_session()
    layers = [
        keras.layers.Dense(w.shape[1], activation="relu" if n < HIDDEN else None, name=f"dense{n}" if n < HIDDEN else "out")
        for n, w in enumerate(weights)
    ]
    model = keras.Sequential([keras.layers.Input((WIDTH,), name="x"), *layers], name="planted")
    for layer, w, b in zip(layers, weights, biases, strict=True):
        layer.set_weights([w.astype(np.float32), b.astype(np.float32)])
    return model
