from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from mcu_toolkit.artifacts import Comparison, Level, RunResult
from mcu_toolkit.errors import InputError
from mcu_toolkit.validate import accuracy, compare


def _result(runner: str, *outputs: npt.NDArray[Any]) -> RunResult:
    return RunResult(runner, outputs)


BASE = np.array([[1, 5, -3], [7, 0, 2]], np.int8)


def _changed(*changes: tuple[int, int, int]) -> npt.NDArray[np.int8]:
    array = BASE.copy()
    for sample, element, value in changes:
        array[sample, element] = value
    return array


@pytest.mark.parametrize(
    ("other", "samples", "differing_bytes", "max_lsb", "level"),
    [
        (BASE, 0, 0, 0, Level.BYTE_EQUAL),
        (_changed((0, 1, 6)), 1, 1, 1, Level.WITHIN_LSB),
        (_changed((0, 0, 2), (0, 2, -2), (1, 1, -1)), 2, 3, 1, Level.WITHIN_LSB),
        (_changed((0, 0, 3)), 1, 1, 2, Level.SAME_CLASS),
        (_changed((1, 0, 1)), 1, 1, 6, Level.DIFFERENT),
        (_changed((0, 1, -128)), 1, 1, 133, Level.DIFFERENT),
    ],
)
def test_levels(other: npt.NDArray[Any], samples: int, differing_bytes: int, max_lsb: int, level: Level) -> None:
    assert compare(_result("a", other), _result("b", BASE)) == Comparison("a", "b", 2, samples, differing_bytes, max_lsb, level)


def test_the_tolerance_decides_within_lsb() -> None:
    a, b = _result("a", _changed((0, 0, 4))), _result("b", BASE)
    assert compare(a, b, tolerance_lsb=3).level is Level.WITHIN_LSB
    assert compare(a, b, tolerance_lsb=2).level is Level.SAME_CLASS


def test_wide_integers_count_bytes_and_do_not_overflow() -> None:
    a, b = np.array([[0, 2**31 - 1]], np.int32), np.array([[0x01010000, -(2**31)]], np.int32)
    found = compare(_result("a", a), _result("b", b))
    assert (found.differing_bytes, found.max_lsb) == (6, 2**32 - 1)
    extreme = compare(_result("a", np.array([[-(2**63)]])), _result("b", np.array([[2**63 - 1]])))
    assert extreme.max_lsb == 2**64 - 1


def test_floats_are_compared_in_representable_steps() -> None:
    one = np.array([[1.0, -1.0]], np.float32)
    next_to_one = np.nextafter(one, np.array([[2.0, -2.0]], np.float32))
    found = compare(_result("a", next_to_one), _result("b", one))
    assert (found.max_lsb, found.level, found.differing_bytes) == (1, Level.WITHIN_LSB, 2)
    zeros = compare(_result("a", np.array([[0.0, 1]], np.float32)), _result("b", np.array([[-0.0, 1]], np.float32)))
    assert (zeros.differing_bytes, zeros.max_lsb, zeros.level) == (1, 0, Level.WITHIN_LSB)
    across_zero = np.array([[np.float32(1e-45)]]), np.array([[np.float32(-1e-45)]])
    assert compare(_result("a", across_zero[0]), _result("b", across_zero[1])).max_lsb == 2


def test_equal_bytes_are_equal_even_where_they_are_no_numbers() -> None:
    nan = np.array([[np.nan, 1.0]], np.float32)
    assert compare(_result("a", nan), _result("b", nan.copy())).level is Level.BYTE_EQUAL
    assert compare(_result("a", nan), _result("b", np.array([[2.0, 1.0]], np.float32))).max_lsb > 1000


def test_all_outputs_count() -> None:
    second = np.array([[9, 8], [7, 6]], np.uint8)
    other = np.array([[9, 3], [7, 6]], np.uint8)
    found = compare(_result("a", BASE, other), _result("b", BASE, second))
    assert (found.differing_samples, found.differing_bytes, found.max_lsb, found.level) == (1, 1, 5, Level.SAME_CLASS)


def test_a_single_element_has_no_class() -> None:
    a, b = np.array([[10], [20]], np.int8), np.array([[10], [30]], np.int8)
    assert compare(_result("a", a), _result("b", b)).level is Level.DIFFERENT


def test_a_batch_dimension_of_1_makes_no_difference() -> None:
    assert compare(_result("a", BASE[:, None, :]), _result("b", BASE)).level is Level.BYTE_EQUAL


def test_arrays_that_are_not_contiguous_are_compared_by_value() -> None:
    wide = np.zeros((2, 6), np.int8)
    wide[:, ::2] = BASE
    assert compare(_result("a", wide[:, ::2]), _result("b", BASE)).level is Level.BYTE_EQUAL


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ((BASE.astype(np.float32),), "output 0 is float32 from a and int8 from b"),
        ((BASE[:1],), r"output 0 is \[1, 3\] from a and \[2, 3\] from b"),
        ((BASE[:, :2],), r"output 0 is \[2, 2\] from a"),
        ((BASE, BASE), "a and b have 2 and 1 outputs"),
        ((), "a and b have 0 and 1 outputs"),
    ],
)
def test_what_cannot_be_compared_is_refused(outputs: tuple[npt.NDArray[Any], ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        compare(_result("a", *outputs), _result("b", BASE))


def test_nothing_is_not_equal_to_nothing() -> None:
    with pytest.raises(InputError, match="no outputs to compare"):
        compare(_result("a", BASE[:0]), _result("b", BASE[:0]))


def test_accuracy_is_the_share_of_right_classes() -> None:
    assert accuracy(np.array([[1, 2], [5, 0], [3, 4]], np.int8), np.array([1, 0, 0])) == pytest.approx(2 / 3)
    with pytest.raises(InputError, match="2 outputs and 3 labels"):
        accuracy(BASE, np.array([0, 1, 2]))
