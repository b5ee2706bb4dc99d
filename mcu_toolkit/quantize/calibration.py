"""Checks of a representative set: against what the training data looked like, its labels, and the model's own behaviour.

Three sources tell what the samples should be like, each of which may be missing:
- the profile of the training data, stored with the model by `mcu train`, or taken from `x_train` of the data file;
- labels of the samples (`y_rep`);
- the float model: statistics in its normalisation layers, the classes it sees in the samples (see behaviour.py).

Not detectable: a wrong order of channels that look alike to all three, and samples that are wrong in content only.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.contract import InputContract
from mcu_toolkit.artifacts.profile import REACH, InputProfile, by_channel, profile_of, tints_of

FEW_SAMPLES = 20
"""Fewer different samples than this are a finding: a scale is set by the extremes seen, and a handful of samples rarely has them.
TensorFlow's guide to post-training quantization speaks of 100 to 500 samples."""
_SPREAD_RATIO = 2.5
"""A standard deviation so many times larger or smaller than in training is another range, not another choice of samples."""
_MEAN_SHIFT = 1.5
"""The same for the mean, in standard deviations of the training data."""
_NARROWEST = 0.35
"""Share of the training data's range below which the samples do not cover it."""
_CHANCE = 1e-5
"""Chance below which random samples of the training data do not stop short of a value."""
_SHORT_SHARE = 0.03
"""Share of the training data's range that may be missing beside that without harm."""
_BEYOND = 5
"""Samples of the training data beyond a quantile, below which it is not known well enough."""
_MISSING_SHARE = 0.05
_SHIFT_Z = 4.0
"""Standard errors that the samples' mean is away from the training data's, where more than `_MISSING_SHARE` is not covered."""
_ORDER_Z2 = 60.0
"""Sum of squared z values of the channels' means from which a set is no random choice of the training data (chance: below 1e-10)."""
_EXPECTED_FOR_MISSING = 10.0
"""A class of which so many samples are expected, and none is there, is missing (chance: e^-10)."""
_WRONG_SHARE = 0.1
"""A class that the model sees in so small a share of the samples expected of it may be missing: the model is wrong now and then."""
_ONE_CLASS_SHARE = 0.9
"""Training data of which so much is of one class may give a set that is all of it."""
_MAX_PERMUTED_CHANNELS = 4
_COMMON_FACTORS = {
    255.0: "raw pixels 0 to 255; divide by 255",
    127.5: "raw pixels 0 to 255; use x / 127.5 - 1",
    1 / 255.0: "pixels divided by 255 twice",
}


@dataclass(frozen=True)
class Finding:
    """One finding; `code` is for programs: few-samples, missing-classes, range, channel-order, constant-channel, sorted, coverage."""

    code: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.what}; {self.remedy}"


@dataclass(frozen=True)
class Samples:
    """What is checked: `x` float [samples, *shape], `y` their classes where known."""

    x: npt.NDArray[np.float64]
    y: npt.NDArray[np.int64] | None = None
    reference: str = "the training data"
    """What the profile that they are compared with is of."""


def check_samples(samples: Samples, contract: InputContract) -> list[Finding]:
    """Findings that need no model."""
    found = list(_few(samples))
    found += _constant_channels(samples, contract)
    if samples.y is not None:
        found += check_classes(samples.y, contract, "")
        found += _sorted_by_class(samples.y)
    if contract.profile is not None:
        found += check_against_profile(samples.x, contract, contract.profile, samples.reference)
    return found


def check_classes(y: npt.NDArray[np.int64], contract: InputContract, how: str) -> Iterator[Finding]:
    """Classes that should be there and are not; `how` says where `y` comes from if these are not labels."""
    labels = contract.preprocessing.labels if contract.preprocessing is not None else ()
    shares = contract.profile.class_shares if contract.profile is not None else ()
    if len(y) < FEW_SAMPLES:  # that is a finding already
        return
    counts = np.bincount(y, minlength=len(shares))
    few = 0.0 if not how else _WRONG_SHARE  # a model may be wrong about some samples, labels may not
    missing = [c for c, share in enumerate(shares) if share * len(y) >= _EXPECTED_FOR_MISSING and counts[c] <= few * share * len(y)]
    only = int(counts.argmax())
    if counts[only] >= (1.0 - few / 2) * len(y) and (not shares or shares[only] < _ONE_CLASS_SHARE):
        every = "every representative sample is" if counts[only] == len(y) else f"{counts[only]} of {len(y)} representative samples are"
        yield Finding("missing-classes", f"{every} of class {_label(only, labels)}{how}", _ALL_CLASSES)
    elif missing:
        named = ", ".join(_label(c, labels) for c in missing[:10])
        yield Finding("missing-classes", f"{'no' if not how else 'hardly a'} representative sample is of class {named}{how}", _ALL_CLASSES)


def _label(number: int, labels: Sequence[str]) -> str:
    return labels[number] if number < len(labels) else str(number)


_ALL_CLASSES = "take samples of every class, at random from the whole training set"


def check_against_profile(
    x: npt.NDArray[np.float64], contract: InputContract, profile: InputProfile, reference: str = "the training data"
) -> Iterator[Finding]:
    """Range, order of channels and coverage, compared with the training data or what stands for it."""
    table = by_channel(x, channels_first=contract.channels_first)
    if len(table) != len(profile.mean):
        return
    if not _same_range(profile_of(x, channels_first=contract.channels_first), profile):
        yield _range_finding(x, contract, profile, reference)
        return
    order = _better_order(table, profile)
    if order is not None:
        yield Finding(
            "channel-order",
            f"the channels look like those of {reference} in the order {_order_name(order, contract)}",
            _order_remedy(order, contract),
        )
    elif not _covers(table, profile) or _falls_short(table, profile):
        seen, trained = _range_text(table.min(), table.max()), _range_text(min(profile.minimum), max(profile.maximum))
        yield Finding(
            "coverage",
            f"the samples only cover {seen}, {reference} {trained}",
            f"prepare them exactly like {reference}, and take more, at random: what lies outside will be clipped",
        )


def _few(samples: Samples) -> Iterator[Finding]:
    rows = samples.x.reshape(len(samples.x), -1)
    count = len(np.unique(rows, axis=0)) if len(rows) < 4096 else len(rows)
    if count >= FEW_SAMPLES:
        return
    if len(rows) != count:
        what = f"only {count} of {len(rows)} representative samples are different"
    else:
        what = f"only {count} representative sample{'s' if count > 1 else ''}"
    yield Finding("few-samples", f"{what}: the scales will be guesses", "100 or more are usual")


def _constant_channels(samples: Samples, contract: InputContract) -> Iterator[Finding]:
    table = by_channel(samples.x, channels_first=contract.channels_first)
    std = contract.profile.std if contract.profile is not None and len(contract.profile.std) == len(table) else None
    constant = [index for index, values in enumerate(table) if values.min() == values.max() and (std is None or std[index] > 0)]
    if len(constant) == len(table) and len(samples.x) > 1:
        what = f"every value of the representative set is {samples.x.flat[0]:g}: it says nothing about the range of the inputs"
        yield Finding("constant-channel", what, "use samples as the model will see them")
    elif constant and len(table) <= 16:
        which = ", ".join(str(index) for index in constant)
        yield Finding(
            "constant-channel",
            f"channel {which} has the same value in every sample",
            "check how the samples are read: that channel's data is missing",
        )


def _sorted_by_class(y: npt.NDArray[np.int64]) -> Iterator[Finding]:
    classes = len(set(y.tolist()))
    changes = int(np.count_nonzero(np.diff(y)))
    if len(y) >= FEW_SAMPLES and classes > 1 and changes == classes - 1 and len(y) > 3 * classes:
        yield Finding("sorted", "the samples are sorted by class", "shuffle them, so that any part of them has all classes")


def _same_range(found: InputProfile, wanted: InputProfile) -> bool:
    for mean, std, trained_mean, trained_std in zip(found.mean, found.std, wanted.mean, wanted.std, strict=True):
        scale = max(trained_std, 1e-6 * max(1.0, abs(trained_mean)))
        if not 1 / _SPREAD_RATIO <= max(std, 1e-12) / scale <= _SPREAD_RATIO or abs(mean - trained_mean) > _MEAN_SHIFT * scale:
            # A channel alone may look so because channels are swapped; then the set as a whole still has the range.
            return _whole_range_agrees(found, wanted)
    return True


def _whole_range_agrees(found: InputProfile, wanted: InputProfile) -> bool:
    """True where some order of the channels agrees."""
    channels = len(found.mean)
    if not 2 <= channels <= _MAX_PERMUTED_CHANNELS:
        return False
    for order in itertools.permutations(range(channels)):
        ratios = [found.std[c] / max(wanted.std[i], 1e-12) for i, c in enumerate(order)]
        shifts = [abs(found.mean[c] - wanted.mean[i]) / max(wanted.std[i], 1e-12) for i, c in enumerate(order)]
        if all(1 / _SPREAD_RATIO <= ratio <= _SPREAD_RATIO for ratio in ratios) and max(shifts) <= _MEAN_SHIFT:
            return True
    return False


def _range_finding(x: npt.NDArray[np.float64], contract: InputContract, profile: InputProfile, reference: str) -> Finding:
    seen, trained = _range_text(x.min(), x.max()), _range_text(min(profile.minimum), max(profile.maximum))
    deviations = f"standard deviation {_mean(profile_of(x).std):.3g}, not {_mean(profile.std):.3g}"
    what = f"the samples range over {seen}, {reference} over {trained} ({deviations})"
    preprocessing = contract.preprocessing
    if (
        preprocessing is not None
        and not preprocessing.changes_nothing
        and not preprocessing.transposes
        and not preprocessing.channel_source
    ):
        real = preprocessing.apply(x.astype(np.float32)).astype(np.float64)
        if _same_range(profile_of(real, channels_first=contract.channels_first), profile):
            return Finding(
                "range", what, f"they are raw data: apply the model's preprocessing first, {preprocessing.lines()[0].partition('; ')[2]}"
            )
    ratio = _mean(profile_of(x, channels_first=contract.channels_first).std) / max(_mean(profile.std), 1e-12)
    for factor, text in _COMMON_FACTORS.items():
        if 0.6 <= ratio / factor <= 1.6:
            return Finding("range", what, f"they look like {text}, as the training did")
    return Finding("range", what, f"prepare the samples exactly like {reference}")


def _better_order(table: npt.NDArray[np.float64], profile: InputProfile) -> tuple[int, ...] | None:
    """The order of channels that fits the training data far better than the one given; None where there is none.

    Compared are what distinguishes the channels in each sample, and their spreads, each against what chance allows for so many.
    """
    channels, samples = table.shape[:2]
    if not 2 <= channels <= _MAX_PERMUTED_CHANNELS or samples < FEW_SAMPLES:
        return None
    tints, stds = tints_of(table).mean(axis=1), table.std(axis=(1, 2))
    floor = 1e-6 + 1e-3 * np.asarray(profile.std)
    error = np.maximum(np.asarray(profile.tint_spread) / np.sqrt(samples), floor)
    std_error = np.maximum(np.asarray(profile.std) * 0.15, floor)

    def misfit(order: Sequence[int]) -> float:
        chosen = list(order)
        return float(np.sum(((tints[chosen] - profile.tint) / error) ** 2) + np.sum(((stds[chosen] - profile.std) / std_error) ** 2))

    given = misfit(range(channels))
    best = min(itertools.permutations(range(channels)), key=misfit)
    return best if best != tuple(range(channels)) and given > _ORDER_Z2 and misfit(best) < given / 4 else None


def _covers(table: npt.NDArray[np.float64], profile: InputProfile) -> bool:
    lowest, highest = min(profile.minimum), max(profile.maximum)
    return bool(table.max() - table.min() >= _NARROWEST * (highest - lowest))


def _falls_short(table: npt.NDArray[np.float64], profile: InputProfile) -> bool:
    """True where the samples stop before values that random ones of the training data reach, or do so and lie elsewhere as a whole."""
    samples, lowest, highest = table.shape[1], min(profile.minimum), max(profile.maximum)
    whole = highest - lowest
    missing_low, missing_high = table.min() - lowest, highest - table.max()
    error = _mean(profile.std) * np.sqrt(1.0 / samples + 1.0 / profile.samples)
    shift = (table.mean() - _mean(profile.mean)) / max(error, 1e-12)
    if (missing_high > _MISSING_SHARE * whole and shift < -_SHIFT_Z) or (missing_low > _MISSING_SHARE * whole and shift > _SHIFT_Z):
        return True
    certain = [index for index, share in enumerate(REACH) if share**samples < _CHANCE and (1.0 - share) * profile.samples >= _BEYOND]
    if not certain or not profile.high:
        return False
    short_high, short_low = profile.high[certain[-1]] - table.max(), table.min() - profile.low[certain[-1]]
    return bool(max(short_high, short_low) > _SHORT_SHARE * whole)


def _order_name(order: tuple[int, ...], contract: InputContract) -> str:
    letters = contract.preprocessing.channel_order if contract.preprocessing is not None else ""
    if not letters and len(order) == 3:
        letters = "rgb" if order == (2, 1, 0) else ""
    return "".join(letters[index] for index in order) if letters else ", ".join(str(index) for index in order)


def _order_remedy(order: tuple[int, ...], contract: InputContract) -> str:
    return f"reorder them: x[..., {list(order)}]" if not contract.channels_first else f"reorder them: x[:, {list(order)}]"


def _range_text(lowest: float, highest: float) -> str:
    return f"{lowest:.4g} to {highest:.4g}"


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))
