"""Representative sets multiplied by a factor or moved by an offset, for every built-in task, with and without the training data.

None of this depends on which weights a training gives: what is asserted holds for every model that was trained at all.
"""

from __future__ import annotations

import functools
import inspect
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.artifacts.contract import NOTHING_KNOWN, InputContract, contract_of_source
from mcu_toolkit.quantize.behaviour import check_behaviour
from mcu_toolkit.quantize.calibration import Finding, Samples, check_samples
from mcu_toolkit.quantize.float_graph import FloatGraph, read_float_graph
from mcu_toolkit.quantize.source import open_source
from mcu_toolkit.train.tasks import all_tasks
from tests import trained_models
from tests.quantize import keras_models

TASKS = [task.name for task in all_tasks()]
FACTORS = [2.0**exponent for exponent in (-8, -6, -4, -3, -2, -1, 2, 3, 4, 6, 8)]
OFFSETS = [-8.0, -2.0, -1.0, -0.5, 0.5, 1.0, 2.0, 8.0]
"""In ranges of the samples."""


@functools.cache
def data_of(task: str) -> dict[str, np.ndarray]:
    with np.load(trained_models.trained(task) / "data.npz") as stored:
        return dict(stored)


@functools.cache
def graph(task: str, file: str = "model.keras") -> FloatGraph:
    with tempfile.TemporaryDirectory() as work:
        found = read_float_graph(inspect.unwrap(open_source)(trained_models.trained(task) / file, Path(work)))
    assert found is not None
    return found


def good_sets(task: str, count: int) -> Iterator[np.ndarray]:
    data = data_of(task)
    pool = data["x_train"] if len(data["x_train"]) > 100 else data["x_rep"]
    for seed in range(count):
        random = np.random.default_rng(seed)
        size = min(len(pool) - 5, int(random.integers(100, 201)))
        yield pool[random.permutation(len(pool))[:size]].astype(np.float64)


def findings(task: str, x: np.ndarray, about: InputContract, file: str = "model.keras") -> list[Finding]:
    samples = Samples(x)
    return check_samples(samples, about) + check_behaviour(samples, graph(task, file), about)


def changed(task: str) -> Iterator[tuple[str, np.ndarray]]:
    x = data_of(task)["x_rep"].astype(np.float64)
    for factor in FACTORS:
        yield f"x * {factor:g}", x * factor
    for offset in OFFSETS:
        yield f"x + {offset:g} ranges", x + offset * np.ptp(x)


@pytest.mark.parametrize("task", TASKS)
def test_a_factor_or_an_offset_is_found_by_what_training_stored_with_the_model(task: str) -> None:
    known = contract_of_source(trained_models.trained(task) / "model.keras")
    assert known.profile is not None
    for name, x in changed(task):
        codes = {finding.code for finding in check_samples(Samples(x), known)}
        assert codes & {"range", "coverage"}, name


@pytest.mark.slow
@pytest.mark.parametrize("file", ["model.keras", "saved_model"])
def test_a_factor_or_an_offset_is_found_by_the_normalisation_layer_alone(file: str) -> None:
    for name, x in changed("digits"):
        codes = {finding.code for finding in findings("digits", x, NOTHING_KNOWN, file)}
        assert "range" in codes, name


def test_the_remedy_names_the_factor_and_the_offset() -> None:
    x = data_of("digits")["x_rep"].astype(np.float64)
    (found,) = (one for one in findings("digits", x / 16, NOTHING_KNOWN) if one.code == "range")
    assert found.remedy == "prepare them as in training: multiplied by about 16 would fit"
    (found,) = (one for one in findings("digits", x - 0.5, NOTHING_KNOWN) if one.code == "range")
    assert found.remedy == "prepare them as in training: with about 0.5 added would fit"


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_fifty_random_choices_of_the_training_data_have_no_findings(task: str) -> None:
    known = contract_of_source(trained_models.trained(task) / "model.keras")
    for number, x in enumerate(good_sets(task, 50)):
        assert [str(finding) for finding in check_samples(Samples(x), known)] == [], number
        about = NOTHING_KNOWN if number % 2 else known
        assert [str(finding) for finding in check_behaviour(Samples(x), graph(task), about)] == [], number


def test_biases_that_outweigh_the_samples_are_found_without_a_normalisation_layer(tmp_path: Path) -> None:
    """relu(x * w + b) with bends at 0.2, 0.4, 0.6 and 0.8, for x in 0..1."""
    bends = np.array([0.2, 0.4, 0.6, 0.8], np.float32)
    model = keras_models.functional(lambda keras, x: keras.layers.Dense(4, activation="relu", name="bends")(x), (1,))
    model.set_weights([np.ones((1, 4), np.float32), -bends])
    source = inspect.unwrap(open_source)(keras_models.save(model, tmp_path / "m.keras"), tmp_path)
    read = read_float_graph(source)
    assert read is not None
    x = np.random.default_rng(0).random((100, 1))

    def said(samples: np.ndarray) -> str:
        return "; ".join(str(finding) for finding in check_behaviour(Samples(samples), read, NOTHING_KNOWN))

    assert said(x) == ""
    assert "hardly reach the model" in said(x / 16)
    assert "one side of every bend" in said(x * 64)
    assert "one side of every bend" in said(x + 1)


def test_a_model_that_is_right_by_chance_only_is_found_where_classes_are_known() -> None:
    x = data_of("digits")["x_rep"].astype(np.float64)
    y = data_of("digits")["y_rep"].astype(np.int64)
    assert check_behaviour(Samples(x, y), graph("digits"), NOTHING_KNOWN) == []
    shuffled = np.random.default_rng(0).permutation(y)
    (found,) = check_behaviour(Samples(x, shuffled), graph("digits"), NOTHING_KNOWN)
    assert "as guessing would be" in found.what
