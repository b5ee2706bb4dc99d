"""Mistakes planted in representative sets are found, good sets pass: three data sets, ten seeded variants of each mistake."""

from __future__ import annotations

import functools
import inspect
import tempfile
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.artifacts.contract import NOTHING_KNOWN, InputContract
from mcu_toolkit.artifacts.profile import profile_of
from mcu_toolkit.quantize.behaviour import check_behaviour
from mcu_toolkit.quantize.calibration import Finding, Samples, check_samples
from mcu_toolkit.quantize.float_graph import FloatGraph, read_float_graph
from mcu_toolkit.quantize.source import open_source
from tests.quantize import data_sets
from tests.quantize.data_sets import DataSet

SEEDS = range(10)
SETS = [make.__name__ for make in data_sets.ALL]
ORDERS = [(2, 1, 0), (1, 0, 2), (0, 2, 1), (1, 2, 0), (2, 0, 1)]


@functools.cache
def data_set(name: str) -> DataSet:
    found: DataSet = getattr(data_sets, name)()
    return found


@functools.cache
def behaviour(name: str) -> FloatGraph:
    with tempfile.TemporaryDirectory() as work:
        found = read_float_graph(inspect.unwrap(open_source)(data_sets.trained(data_set(name)), Path(work)))
    assert found is not None
    return found


@functools.cache
def contract(name: str) -> InputContract:
    data = data_set(name)
    return InputContract(data.preprocessing, profile_of(data.x, data.y, classes=data.classes))


def planted(name: str, mistake: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A representative set with a mistake in it, and its labels."""
    data, random = data_set(name), np.random.default_rng(seed)
    chosen = random.permutation(len(data.y))[: int(random.integers(100, 201))]
    if mistake == "one class only":
        chosen = random.permutation(np.flatnonzero(data.y == random.integers(data.classes)))[:150]
    if mistake == "3 samples":
        chosen = chosen[:3]
    x = (data.raw if mistake == "raw values" else data.x)[chosen].astype(np.float64)
    if mistake == "channel order":
        x = x[..., list(ORDERS[seed % len(ORDERS)])]
    if mistake == "blue and red swapped":
        x = x[..., ::-1]
    return x, data.y[chosen]


def findings(name: str, mistake: str, seed: int, *, labels: bool, known: bool) -> list[Finding]:
    x, y = planted(name, mistake, seed)
    samples = Samples(x, y if labels else None)
    about = contract(name) if known else NOTHING_KNOWN
    return check_samples(samples, about) + check_behaviour(samples, behaviour(name), about)


MISTAKES = {
    "raw values": "range",
    "one class only": "missing-classes",
    "channel order": "channel-order",
    "blue and red swapped": "channel-order",
    "3 samples": "few-samples",
}


@pytest.mark.parametrize("labels", [True, False])
@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_found_where_the_training_data_is_known(name: str, mistake: str, labels: bool) -> None:
    for seed in SEEDS:
        found = findings(name, mistake, seed, labels=labels, known=True)
        assert MISTAKES[mistake] in {finding.code for finding in found}, seed
        assert all(finding.what and finding.remedy for finding in found)


@pytest.mark.parametrize("labels", [True, False])
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("name", SETS)
def test_good_sets_have_no_findings(name: str, known: bool, labels: bool) -> None:
    for seed in SEEDS:
        assert findings(name, "none", seed, labels=labels, known=known) == [], seed


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("mistake", ["raw values", "one class only", "3 samples"])
def test_the_models_own_behaviour_tells_where_the_training_data_is_not_known(name: str, mistake: str) -> None:
    for seed in SEEDS:
        found = findings(name, mistake, seed, labels=False, known=False)
        assert MISTAKES[mistake] in {finding.code for finding in found}, seed


@pytest.mark.parametrize(("name", "at_least"), [("tinted_digits", 10), ("photographs", 8)])
def test_without_the_training_data_most_swapped_channels_are_still_found(name: str, at_least: int) -> None:
    """Not all: two channels of a photograph may be alike.  Motion has neither colours nor a normalisation layer."""
    found = [findings(name, "blue and red swapped", seed, labels=False, known=False) for seed in SEEDS]
    assert sum("channel-order" in {finding.code for finding in one} for one in found) >= at_least


def test_the_remedy_for_a_swapped_order_restores_it() -> None:
    for name in ("tinted_digits", "motion"):  # photographs are told apart by the model
        x, _ = planted(name, "blue and red swapped", 0)
        (finding,) = (f for f in check_samples(Samples(x), contract(name)) if f.code == "channel-order")
        assert finding.remedy == "reorder them: x[..., [2, 1, 0]]"


def test_the_remedy_for_raw_values_is_the_models_preprocessing() -> None:
    x, _ = planted("photographs", "raw values", 0)
    (finding,) = check_samples(Samples(x), contract("photographs"))
    assert "apply the model's preprocessing first, real = (raw - 127.5) * 0.00784314" in finding.remedy


def codes(x: np.ndarray, y: np.ndarray | None = None) -> list[str]:
    return [finding.code for finding in check_samples(Samples(x, y), NOTHING_KNOWN)]


def test_a_handful_repeated_is_still_a_handful() -> None:
    x = np.random.default_rng(0).random((5, 4, 4, 1))
    assert codes(x) == ["few-samples"]
    assert codes(np.concatenate([x] * 40)) == ["few-samples"]
    assert codes(np.random.default_rng(0).random((20, 4, 4, 1))) == []


def test_a_channel_that_never_changes_is_found() -> None:
    x = np.random.default_rng(0).random((50, 4, 4, 3))
    x[..., 1] = 0.5
    (finding,) = check_samples(Samples(x), NOTHING_KNOWN)
    assert finding.code == "constant-channel"
    assert "channel 1 has the same value in every sample" in finding.what
    assert "constant-channel" in codes(np.zeros((20, 4, 4, 1)))


def test_samples_sorted_by_class_are_found() -> None:
    x, y = np.random.default_rng(0).random((60, 4)), np.repeat([0, 1, 2], 20)
    assert codes(x, y) == ["sorted"]
    assert codes(x, np.random.default_rng(0).permutation(y)) == []
