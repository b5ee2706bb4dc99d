"""What a model's training data looked like: a few numbers per channel, kept with the model so that other data can be compared with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

FEWEST_SAMPLES = 20
"""Fewer say nothing about what inputs look like as a whole."""
REACH = (0.5, 0.75, 0.9, 0.95, 0.98)
"""Quantiles that tell how far samples reach: n random samples all stay below the one at q with a chance of q to the power of n."""


@dataclass(frozen=True)
class InputProfile:
    """Statistics over all training samples, one value a channel (the last dimension, or the first of `chw`), of real values."""

    samples: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    tint: tuple[float, ...]
    """Mean of each channel less the mean of all of them: what distinguishes channels, whatever the brightness of a sample."""
    tint_spread: tuple[float, ...]
    """Standard deviation of the samples' own `tint`: how far that of a few samples may be off."""
    minimum: tuple[float, ...]
    maximum: tuple[float, ...]
    class_shares: tuple[float, ...] = ()
    """Share of the samples in each class; empty for a regression or where labels are not known."""
    low: tuple[float, ...] = ()
    """The smallest value of a sample, over all channels: quantiles over the samples at 1 - each of `REACH`; empty where not recorded."""
    high: tuple[float, ...] = ()
    """The largest value of a sample: quantiles at each of `REACH`."""


def profile_of(x: npt.NDArray[Any], y: npt.NDArray[Any] | None = None, *, classes: int = 0, channels_first: bool = False) -> InputProfile:
    """The profile of `x` [samples, *shape] (channels last, or first where said) with the labels `y` [samples] of `classes` classes."""
    table = by_channel(x, channels_first=channels_first)
    tints = tints_of(table)
    lowest, highest = table.min(axis=(0, 2)), table.max(axis=(0, 2))
    shares: tuple[float, ...] = ()
    if y is not None and classes:
        shares = tuple((np.bincount(np.asarray(y, np.int64), minlength=classes)[:classes] / len(y)).tolist())
    return InputProfile(
        samples=len(x),
        mean=_rounded(table.mean(axis=(1, 2))),
        std=_rounded(table.std(axis=(1, 2))),
        tint=_rounded(tints.mean(axis=1)),
        tint_spread=_rounded(tints.std(axis=1)),
        minimum=_rounded(table.min(axis=(1, 2))),
        maximum=_rounded(table.max(axis=(1, 2))),
        class_shares=tuple(float(f"{share:.4g}") for share in shares),
        low=_rounded(np.quantile(lowest, [1.0 - share for share in REACH])),
        high=_rounded(np.quantile(highest, REACH)),
    )


def profile_if_telling(
    x: npt.NDArray[Any], y: npt.NDArray[Any] | None = None, *, classes: int = 0, channels_first: bool = False
) -> InputProfile | None:
    """`profile_of` training data; None for fewer than `FEWEST_SAMPLES`, such as the six points a line is learned from."""
    return profile_of(x, y, classes=classes, channels_first=channels_first) if len(x) >= FEWEST_SAMPLES else None


def by_channel(x: npt.NDArray[Any], *, channels_first: bool = False) -> npt.NDArray[np.float64]:
    """`x` [samples, *shape] as [channels, samples, values of a channel]."""
    array = np.asarray(x, np.float64)
    if array.ndim == 1:
        array = array[:, np.newaxis]
    if channels_first and array.ndim > 2:
        array = np.moveaxis(array, 1, -1)
    table: npt.NDArray[np.float64] = np.moveaxis(array.reshape(len(array), -1, array.shape[-1]), -1, 0)
    return table


def tints_of(table: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """[channels, samples, values] -> [channels, samples]: each channel's mean less the mean of all channels of the sample."""
    means = table.mean(axis=2)
    tints: npt.NDArray[np.float64] = means - means.mean(axis=0)
    return tints


def _rounded(values: npt.NDArray[np.float64]) -> tuple[float, ...]:
    """Six digits are more than any check needs, and the text stays short: it is stored on the device's side too."""
    return tuple(float(f"{value:.6g}") for value in values.tolist())
