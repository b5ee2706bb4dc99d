"""What the float model itself says about a representative set, for models whose training data is not known.

- Its normalisation layers remember mean and variance of what they saw in training: samples that are not prepared like the
  training data are far from both, and another order of the channels or another range fits better.
- A classifier sees classes in the samples: one class only is a set that is not representative.
- Where the order of channels is wrong, it does better in the right order: with labels it is more often right; without, the
  normalisation layer fits better and it is surer of itself.  Surer alone proves nothing: some models are surer of nonsense.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.contract import InputContract
from mcu_toolkit.quantize.calibration import FEW_SAMPLES, Samples, check_classes
from mcu_toolkit.quantize.findings import Finding
from mcu_toolkit.runners.keras_interface import call_flat
from mcu_toolkit.tensorflow_loader import load_tensorflow, quiet

_CHECKED_SAMPLES = 300
_FAR = 1.2
"""Distance from a normalisation layer's statistics above which the samples are not what the layer was trained on; random
choices of training data stay below 0.5."""
_CLOSER = 0.5
"""A hypothesis counts if it brings the distance below this share."""
_SURER = 0.04
"""Gain in mean confidence from which another order of channels is the right one ..."""
_SURER_T = 5.0
"""... if it is so sample by sample too (t value of the paired differences)."""
_SURE = 0.6
_RAW_VALUES = 100.0
_CAP = 4.0
_RANGES: tuple[tuple[str, Callable[[npt.NDArray[Any]], npt.NDArray[Any]]], ...] = (
    ("divide them by 255", lambda x: x / 255.0),
    ("use x / 127.5 - 1", lambda x: x / 127.5 - 1.0),
    ("multiply them by 255", lambda x: x * 255.0),
    ("use x * 2 - 1", lambda x: x * 2.0 - 1.0),
    ("use (x + 1) / 2", lambda x: (x + 1.0) / 2.0),
)


@dataclass(frozen=True)
class FloatBehaviour:
    """The functions of a float model that the checks need; each takes real samples [samples, *shape]."""

    outputs: Callable[[npt.NDArray[Any]], npt.NDArray[Any]]
    distance: Callable[[npt.NDArray[Any]], float] | None
    """How far samples are from the statistics of the first normalisation layer; None where there is none."""
    rescales: bool = False
    """The model has a layer of its own that brings raw values into range."""


def behaviour_of(model: Any) -> FloatBehaviour | None:
    """The behaviour of a Keras model of one float input and one output; None for others."""
    if len(model.inputs) != 1 or len(model.outputs) != 1 or "float" not in str(model.inputs[0].dtype):
        return None

    def outputs(x: npt.NDArray[Any]) -> npt.NDArray[Any]:
        with quiet():
            return np.asarray(call_flat(model, [x.astype(np.float32)])[0].numpy())

    rescales = any(type(layer).__name__ in ("Rescaling", "Normalization") for layer in model.layers)
    return FloatBehaviour(outputs, _distance(model), rescales)


def check_behaviour(samples: Samples, behaviour: FloatBehaviour, contract: InputContract) -> list[Finding]:
    """Findings from the model; `samples` of one input."""
    if len(samples.x) < FEW_SAMPLES:
        return []
    step = max(1, len(samples.x) // _CHECKED_SAMPLES)
    some = Samples(samples.x[::step], None if samples.y is None else samples.y[::step])
    found: list[Finding] = []
    outputs = behaviour.outputs(some.x)
    is_classifier = (
        outputs.ndim == 2 and outputs.shape[1] >= 2 and outputs.min() >= -1e-3 and bool(np.allclose(outputs.sum(axis=1), 1.0, atol=1e-2))
    )
    found += _range(some, behaviour)
    if not found and contract.profile is None and behaviour.distance is None and not behaviour.rescales:
        found += _raw_values(some)
    if not found:
        found += _channel_order(some, behaviour, outputs if is_classifier else None, contract)
    if is_classifier and samples.y is None and (contract.profile is not None or outputs.max(axis=1).mean() > _SURE):
        found += check_classes(outputs.argmax(axis=1), contract, ", as the float model sees them")
    return found


def _raw_values(samples: Samples) -> Iterator[Finding]:
    if np.abs(samples.x).max() >= _RAW_VALUES and bool((samples.x == np.round(samples.x)).all()):
        values = f"{samples.x.min():g} to {samples.x.max():g}"
        what = f"every value is a whole number, {values}, as sensors give them, and the model does not rescale its input"
        yield Finding("range", what, "prepare the samples as in training; right as they are only if the model was trained on such numbers")


def _range(samples: Samples, behaviour: FloatBehaviour) -> Iterator[Finding]:
    if behaviour.distance is None:
        return
    given = behaviour.distance(samples.x)
    if given < _FAR:
        return
    distances = {remedy: behaviour.distance(change(samples.x)) for remedy, change in _RANGES}
    best = min(distances, key=lambda remedy: distances[remedy])
    what = "the samples are not in the range the model was trained on, as its first normalisation layer remembers it"
    if distances[best] < _CLOSER * given:
        yield Finding("range", what, f"prepare them as in training: {best} fits")
    elif given > 2 * _FAR:
        yield Finding("range", what, "prepare them exactly as the training data was")


def _channel_order(
    samples: Samples, behaviour: FloatBehaviour, outputs: npt.NDArray[Any] | None, contract: InputContract
) -> Iterator[Finding]:
    axis = 1 if contract.channels_first else samples.x.ndim - 1
    channels = samples.x.shape[axis]
    if samples.x.ndim < 3 or not 3 <= channels <= 4:
        return
    orders = [order for order in itertools.permutations(range(channels)) if order != tuple(range(channels))]
    scores: dict[tuple[int, ...], float] = {}
    for order in orders:
        permuted = np.take(samples.x, order, axis=axis)
        fits_better = False
        if behaviour.distance is not None:
            given, fitting = behaviour.distance(samples.x), behaviour.distance(permuted)
            fits_better = fitting < given
            if given > _FAR / 4 and fitting < _CLOSER * given:
                scores[order] = (given - fitting) / given
        if outputs is not None and (samples.y is not None or fits_better):
            gain = _gain(outputs, behaviour.outputs(permuted), samples.y, fits_better=fits_better)
            if gain > 0:
                scores[order] = scores.get(order, 0.0) + gain
    if scores:
        order = max(scores, key=lambda found: scores[found])
        where = f"x[:, {list(order)}]" if axis == 1 else f"x[..., {list(order)}]"
        yield Finding(
            "channel-order",
            f"the model knows the samples better with their channels in the order {list(order)}",
            f"reorder them as in training: {where}",
        )


def _gain(given: npt.NDArray[Any], permuted: npt.NDArray[Any], y: npt.NDArray[np.int64] | None, *, fits_better: bool) -> float:
    """How much better the model does on permuted channels; 0 where that may be chance."""
    differences = []
    if y is not None:
        differences.append((permuted.argmax(axis=1) == y).astype(np.float64) - (given.argmax(axis=1) == y))
    if fits_better:
        differences.append(permuted.max(axis=1).astype(np.float64) - given.max(axis=1))
    gains = [0.0]
    for difference in differences:
        error, mean = difference.std(ddof=1) / np.sqrt(len(difference)), float(difference.mean())
        if mean > _SURER and mean > _SURER_T * error:
            gains.append(mean)
    return max(gains)


def _distance(model: Any) -> Callable[[npt.NDArray[Any]], float] | None:
    """Distance from the statistics of the model's first normalisation layer, averaged over its channels, each part at most `_CAP`."""
    keras = load_tensorflow().keras
    layer = next((one for one in model.layers if isinstance(one, (keras.layers.BatchNormalization, keras.layers.Normalization))), None)
    if layer is None:
        return None
    batch = isinstance(layer, keras.layers.BatchNormalization)
    mean = np.asarray(layer.moving_mean if batch else layer.mean, np.float64).ravel()
    variance = np.asarray(layer.moving_variance if batch else layer.variance, np.float64).ravel()
    axis = layer.axis if isinstance(layer.axis, int) else (layer.axis or (-1,))[0]
    untrained = batch and bool(np.all(mean == 0.0)) and bool(np.all(variance == 1.0))
    if untrained or mean.size == 0:
        return None
    probe = keras.Model(model.inputs, layer.input)
    epsilon = float(layer.epsilon) if batch else 1e-6

    def distance(x: npt.NDArray[Any]) -> float:
        with quiet():
            values = np.moveaxis(np.asarray(probe([x.astype(np.float32)], training=False).numpy(), np.float64), axis, -1)
        table = values.reshape(-1, values.shape[-1]) if mean.size > 1 else values.reshape(-1, 1)
        if table.shape[1] != mean.size:
            return 0.0
        scale = np.sqrt(variance + epsilon)
        shift = np.abs(table.mean(axis=0) - mean) / scale
        spread = np.abs(np.log(np.sqrt(table.var(axis=0) + epsilon) / scale))
        return float(np.mean(np.minimum(shift, _CAP) + np.minimum(spread, _CAP)))

    return distance
