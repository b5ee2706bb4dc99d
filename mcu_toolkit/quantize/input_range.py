"""Checks that samples are in the range that a model was trained on, by the model's first layers alone.

- A normalisation layer remembers mean and variance of what it was given in training.  Where samples multiplied by a number, or
  with a number added, agree with both far better than as they are, they are in another range.
- A first layer with biases: where these outweigh the products of samples and weights, or its rectifiers bend for no sample,
  the layer does nothing that it was trained to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.quantize.calibration import Finding
from mcu_toolkit.quantize.float_graph import FirstWeights, Normalisation

_FAR = 1.2
"""Distance from a normalisation layer's statistics above which the samples are not what the layer was trained on; random
choices of training data stay below 0.5."""
_OFF = 0.3
"""The same where a factor or an offset is known that explains the distance."""
_CLOSER = 0.5
"""A hypothesis counts if it brings the distance below this share."""
_SCALED = 1.5
"""Factors nearer to 1 cannot be distinguished from a random choice of samples, nor do they matter."""
_SHIFTED = 0.2
"""The same for an offset, as a share of the samples' range."""
_CAP = 4.0
_FACTORS = 2.0 ** (np.arange(-40, 41) / 4)
_OUTWEIGHED = 0.15
"""Spread of a channel's products, in units of its bias, below which the bias decides alone."""
_NEGLIGIBLE_BIAS = 0.1
"""Share of the layer's largest bias below which a bias says nothing."""
_FEWEST_BENDING = 4
_BENT_SHARE = 0.05
"""Where no rectifier of a layer has more than this share of the places on the smaller side of its bend, it bends nowhere."""
_COMMON: tuple[tuple[str, Callable[[npt.NDArray[Any]], npt.NDArray[Any]]], ...] = (
    ("divide them by 255", lambda x: x / 255.0),
    ("use x / 127.5 - 1", lambda x: x / 127.5 - 1.0),
    ("multiply them by 255", lambda x: x * 255.0),
    ("use x * 2 - 1", lambda x: x * 2.0 - 1.0),
    ("use (x + 1) / 2", lambda x: (x + 1.0) / 2.0),
)


def distance_from(layer: Normalisation, x: npt.NDArray[Any]) -> float:
    """Distance of `x` from the layer's statistics, averaged over its channels, each part at most `_CAP`."""
    table = layer.values(x)
    return _distance(layer, table.mean(axis=0), table.var(axis=0))


def check_against_normalisation(x: npt.NDArray[Any], layer: Normalisation) -> Iterator[Finding]:
    """At most one finding, about samples [samples, *shape]."""
    given = distance_from(layer, x)
    if given < _OFF:
        return
    what = "the samples are not in the range the model was trained on, as its first normalisation layer remembers it"
    fit = _best_fit(x, layer)
    fits = fit is not None and fit.matters(x) and fit.distance < _CLOSER * given
    if given >= _FAR or fits:
        common = {remedy: distance_from(layer, change(x)) for remedy, change in _COMMON}
        best = min(common, key=lambda remedy: common[remedy])
        if common[best] < _CLOSER * given and (fit is None or common[best] < fit.distance + 0.1):
            yield Finding("range", what, f"prepare them as in training: {best} fits")
        elif fit is not None and fits:
            yield Finding("range", what, f"prepare them as in training: {fit} would fit")
        elif given > 2 * _FAR:
            yield Finding("range", what, "prepare them exactly as the training data was")


def check_against_weights(x: npt.NDArray[Any], layer: FirstWeights) -> Iterator[Finding]:
    """At most one finding, for models without a normalisation layer."""
    products = layer.products(x)
    tells = np.abs(layer.bias) > _NEGLIGIBLE_BIAS * np.abs(layer.bias).max()
    spread = products.std(axis=0)[tells] / np.abs(layer.bias[tells])
    remedy = "prepare them exactly as the training data was"
    if np.median(spread) < _OUTWEIGHED:
        part = f"what the samples add to the biases of the first layer varies by {100 * float(np.median(spread)):.2g} % of these"
        yield Finding("range", f"the samples hardly reach the model: {part}", remedy)
    elif layer.bends and np.count_nonzero(tells) >= _FEWEST_BENDING:
        positive = (products + layer.bias > 0.0).mean(axis=0)[tells]
        if np.minimum(positive, 1.0 - positive).max() < _BENT_SHARE:
            what = "the samples are all on one side of every bend of the first layer, which is only linear for them"
            yield Finding("range", what, remedy)


@dataclass(frozen=True)
class _Fit:
    """`factor * x + offset` has this distance."""

    factor: float
    offset: float
    distance: float

    def matters(self, x: npt.NDArray[Any]) -> bool:
        """True for another range, not another choice of samples."""
        scaled = not 1 / _SCALED < self.factor < _SCALED
        return scaled or abs(self.offset) > _SHIFTED * self.factor * float(np.ptp(x))

    def __str__(self) -> str:
        times = "" if 1 / _SCALED < self.factor < _SCALED else f"multiplied by about {self.factor:.2g}"
        plus = f"with about {self.offset:.2g} added" if self.offset else ""
        return " and ".join(part for part in (times, plus) if part)


def _best_fit(x: npt.NDArray[Any], layer: Normalisation) -> _Fit | None:
    """The factor and offset that agree best; None where what the layer is given is no linear function of the input.

    Then three runs of the layers before it tell the statistics for every factor k and offset o: with z for an input of zeros
    and u for one of ones the mean is z + k (mean - z) + o (u - z), and the variance grows with k * k.
    """
    some = x[:4]
    zero, one = layer.values(np.zeros_like(some)), layer.values(np.ones_like(some))
    table = layer.values(some)
    if not np.allclose(layer.values(2.0 * some), 2.0 * table - zero, rtol=1e-3, atol=1e-4 * max(1.0, float(np.abs(table).max()))):
        return None
    table = layer.values(x)
    mean, variance, start, slope = table.mean(axis=0), table.var(axis=0), zero.mean(axis=0), (one - zero).mean(axis=0)
    fits = []
    for factor in _FACTORS:
        scaled = start + factor * (mean - start)
        weights = slope / layer.std**2
        best = float(np.sum(weights * (layer.mean - scaled)) / max(float(np.sum(weights * slope)), 1e-30))
        for offset in (0.0, best):
            fits.append(_Fit(float(factor), offset, _distance(layer, scaled + offset * slope, variance * factor**2)))
    nearest = min(fits, key=lambda fit: fit.distance)
    simple = [fit for fit in fits if fit.distance < 1.1 * nearest.distance + 0.02 and not fit.offset]
    return min(simple, key=lambda fit: fit.distance) if simple else nearest


def _distance(layer: Normalisation, mean: npt.NDArray[np.float64], variance: npt.NDArray[np.float64]) -> float:
    shift = np.abs(mean - layer.mean) / layer.std
    spread = np.abs(np.log(np.sqrt(variance + layer.epsilon) / layer.std))
    return float(np.mean(np.minimum(shift, _CAP) + np.minimum(spread, _CAP)))
