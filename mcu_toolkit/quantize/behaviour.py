"""Checks of a representative set by the float model's own behaviour, for models whose training data is not known.

- Its first layers tell the range they were trained on: see input_range.py.
- A classifier sees classes in the samples: one class only, however sure it is of that, is a set that is not representative or
  not prepared as in training; and where the classes are known, so is one that it is hardly ever right about.
- Where the order of channels is wrong, it does better in the right order: with labels it is more often right; without, the
  normalisation layer fits better and it is surer of itself.  Surer alone proves nothing: some models are surer of nonsense.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.contract import InputContract
from mcu_toolkit.quantize.calibration import FEW_SAMPLES, Finding, Samples, check_classes
from mcu_toolkit.quantize.float_graph import FloatGraph
from mcu_toolkit.quantize.input_range import check_against_normalisation, check_against_weights, distance_from

_CHECKED_SAMPLES = 300
_FAR = 0.3
"""Distance from a normalisation layer's statistics from which another order of channels is worth a thought."""
_CLOSER = 0.5
"""A hypothesis counts if it brings the distance below this share."""
_SURER = 0.04
"""Gain in mean confidence from which another order of channels is the right one ..."""
_SURER_T = 5.0
"""... if it is so sample by sample too (t value of the paired differences)."""
_RAW_VALUES = 100.0
_BY_CHANCE = 1.5
"""Times the share of right answers that guessing gives, below which a model knows nothing about the samples."""
_FEW_LABELS = 50


def check_behaviour(samples: Samples, model: FloatGraph, contract: InputContract) -> list[Finding]:
    """Findings from the model; `samples` of one input."""
    if len(samples.x) < FEW_SAMPLES:
        return []
    step = max(1, len(samples.x) // _CHECKED_SAMPLES)
    some = Samples(samples.x[::step], None if samples.y is None else samples.y[::step])
    found: list[Finding] = []
    outputs = model.outputs(some.x)
    is_classifier = (
        outputs.ndim == 2 and outputs.shape[1] >= 2 and outputs.min() >= -1e-3 and bool(np.allclose(outputs.sum(axis=1), 1.0, atol=1e-2))
    )
    found += _range(some, model)
    if not found and contract.profile is None and model.normalisation is None and not model.rescales:
        found += _raw_values(some)
    if not found:
        found += _channel_order(some, model, outputs if is_classifier else None, contract)
    if is_classifier and samples.y is None:
        found += check_classes(outputs.argmax(axis=1), contract, ", as the float model sees them")
    if not found and some.y is not None and outputs.ndim == 2:
        found += _known_classes(outputs, some.y)
    return found


def _range(samples: Samples, model: FloatGraph) -> Iterator[Finding]:
    if model.normalisation is not None:
        yield from check_against_normalisation(samples.x, model.normalisation)
    elif model.first_weights is not None and not model.rescales:
        yield from check_against_weights(samples.x, model.first_weights)


def _known_classes(outputs: npt.NDArray[np.float64], y: npt.NDArray[np.int64]) -> Iterator[Finding]:
    """Samples of known classes that the model is not more often right about than by guessing."""
    classes = outputs.shape[1]
    if classes < 2 or len(y) < _FEW_LABELS or y.max() >= classes or len(set(y.tolist())) < 2:
        return
    seen = outputs.argmax(axis=1)
    right = float(np.mean(seen == y))
    if right > _BY_CHANCE * max(np.bincount(y) / len(y)):
        return
    if right > _BY_CHANCE / classes and len(set(seen.tolist())) > 1:
        return
    what = f"the float model is right about {100 * right:.0f} % of the representative samples, as guessing would be"
    yield Finding("range", what, "prepare the samples exactly as the training data was, and check that y_rep are their classes")


def _raw_values(samples: Samples) -> Iterator[Finding]:
    if np.abs(samples.x).max() >= _RAW_VALUES and bool((samples.x == np.round(samples.x)).all()):
        values = f"{samples.x.min():g} to {samples.x.max():g}"
        what = f"every value is a whole number, {values}, as sensors give them, and the model does not rescale its input"
        yield Finding("range", what, "prepare the samples as in training; right as they are only if the model was trained on such numbers")


def _channel_order(samples: Samples, model: FloatGraph, outputs: npt.NDArray[Any] | None, contract: InputContract) -> Iterator[Finding]:
    axis = 1 if contract.channels_first else samples.x.ndim - 1
    channels = samples.x.shape[axis]
    if samples.x.ndim < 3 or not 3 <= channels <= 4:
        return
    orders = [order for order in itertools.permutations(range(channels)) if order != tuple(range(channels))]
    scores: dict[tuple[int, ...], float] = {}
    for order in orders:
        permuted = np.take(samples.x, order, axis=axis)
        fits_better = False
        if model.normalisation is not None:
            given, fitting = distance_from(model.normalisation, samples.x), distance_from(model.normalisation, permuted)
            fits_better = fitting < given
            if given > _FAR and fitting < _CLOSER * given:
                scores[order] = (given - fitting) / given
        if outputs is not None and (samples.y is not None or fits_better):
            gain = _gain(outputs, model.outputs(permuted), samples.y, fits_better=fits_better)
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
