from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from mcu_toolkit.artifacts import RunResult
from mcu_toolkit.errors import InputError
from mcu_toolkit.model import parse_model
from mcu_toolkit.validate import confusion_matrix, metrics, output_metrics
from tests import small_models

R = np.array([[1.0, 2.0, 3.0], [4.0, 0.0, -2.0]])
P = np.array([[1.5, 2.0, 2.0], [4.0, 1.0, -2.0]])


def test_metrics_are_those_computed_by_hand() -> None:
    found = metrics(R, P)
    # errors -0.5, 0, 1, 0, -1, 0: sum of squares 2.25; r: mean 4/3, squares 34; p squares 2.25+4+4+16+1+4 = 31.25
    assert found.rmse == pytest.approx(math.sqrt(2.25 / 6))
    assert found.mae == pytest.approx(2.5 / 6)
    assert found.mean == pytest.approx(-0.5 / 6)
    assert found.std == pytest.approx(math.sqrt((2.25 - 0.25 / 6) / 5))
    assert found.l2r == pytest.approx(math.sqrt(2.25) / math.sqrt(31.25))
    assert found.nse == pytest.approx(1 - (2.25 / 6) / ((34 - 64 / 6) / 5), rel=1e-6)
    assert found.cos == pytest.approx((1.5 + 4 + 6 + 16 + 0 + 4) / math.sqrt(34 * 31.25))
    assert found.acc == 0.5
    assert found.confusion == ((1, 0, 0), (0, 0, 0), (0, 1, 0))


def test_equal_outputs_are_perfect() -> None:
    found = metrics(R, R)
    assert (found.rmse, found.mae, found.l2r, found.mean, found.std, found.cos, found.acc) == (0, 0, 0, 0, 0, 1, 1)
    assert found.nse == pytest.approx(1)


def test_zeros_do_not_divide() -> None:
    zeros = np.zeros((2, 2))
    assert metrics(zeros, zeros).cos == 1
    assert metrics(zeros, zeros).l2r == 0
    assert metrics(np.ones((2, 2)), zeros).l2r == math.inf
    assert metrics(np.ones((2, 2)), zeros).cos == 0
    assert math.isfinite(metrics(np.ones((2, 2)), zeros).nse)


def test_a_single_value_has_no_spread_and_no_class() -> None:
    found = metrics(np.array([[2.0]]), np.array([[1.5]]))
    assert (found.std, found.acc, found.confusion) == (0, None, ())
    assert found.rmse == 0.5


def test_images_are_no_classifiers() -> None:
    assert metrics(np.ones((2, 4, 4, 3)), np.ones((2, 4, 4, 3))).acc is None


def test_arrays_of_other_sizes_are_refused() -> None:
    with pytest.raises(InputError, match=r"shape \[2, 3\] and \[1, 3\]"):
        metrics(R, P[:1])
    with pytest.raises(InputError, match="not empty"):
        metrics(R[:0], P[:0])


def test_results_are_dequantized_before_they_are_measured() -> None:
    model = parse_model(small_models.fully_connected(), "dense")  # output scale 0.04
    a = RunResult("a", (np.array([[-128, 0, 10, 20]], np.int8),))
    b = RunResult("b", (np.array([[-128, 0, 10, 25]], np.int8),))
    (found,) = output_metrics(a, b, model)
    assert found.mae == pytest.approx(5 * 0.04 / 4, rel=1e-6)
    assert found.mean == pytest.approx(-0.05, rel=1e-6)
    assert found.acc == 1


def test_confusion_counts_reference_by_prediction() -> None:
    matrix = confusion_matrix(np.array([0, 0, 1, 2]), np.array([0, 1, 1, 0]), 3)
    assert matrix.tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]
    with pytest.raises(InputError, match="class 3"):
        confusion_matrix(np.array([3]), np.array([0]), 3)
    with pytest.raises(InputError, match="class -1"):
        confusion_matrix(np.array([0]), np.array([-1]), 3)


def test_records_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        metrics(R, P).rmse = 0.0  # type: ignore[misc]
