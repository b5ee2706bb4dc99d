"""One naming of arrays for every command."""

from __future__ import annotations

import pytest

from mcu_toolkit.artifacts.array_names import REPRESENTATIVE, TEST, TRAINING, array_key, find_inputs, find_labels, is_test_array
from mcu_toolkit.errors import InputError

TWO = ("left", "right")


@pytest.mark.parametrize(
    ("names", "part", "key"),
    [
        (("image",), TEST, "x"),
        (("image",), REPRESENTATIVE, "x_rep"),
        (TWO, TEST, "x_right"),
        (TWO, REPRESENTATIVE, "x_rep_right"),
        (TWO, TRAINING, "x_train_right"),
    ],
)
def test_keys_have_the_inputs_name_where_there_are_several(names: tuple[str, ...], part: str, key: str) -> None:
    assert array_key("x", names, len(names) - 1, part) == key


@pytest.mark.parametrize(
    ("stored", "keys", "part", "numbered"),
    [
        ({"x_right", "x_left"}, ("x_left", "x_right"), TEST, False),
        ({"x_rep_right", "x_rep_left", "x_left", "x_right"}, ("x_rep_left", "x_rep_right"), REPRESENTATIVE, False),
        ({"x0", "x1"}, ("x0", "x1"), TEST, True),
        ({"x0", "x1", "x_left", "x_right"}, ("x_left", "x_right"), TEST, False),
        ({"x_rep_left", "x_left", "x_right"}, ("x_left", "x_right"), TEST, False),
    ],
)
def test_the_first_whole_part_is_taken_and_numbers_only_without_names(
    stored: set[str], keys: tuple[str, ...], part: str, numbered: bool
) -> None:
    assert find_inputs(stored, TWO, (REPRESENTATIVE, TEST), "d.npz") == (keys, part, numbered)


def test_a_single_input_may_be_named_too() -> None:
    assert find_inputs({"x_image"}, ("image",), (TEST,), "d.npz") == (("x_image",), TEST, False)
    assert find_inputs({"x", "x_image"}, ("image",), (TEST,), "d.npz") == (("x",), TEST, False)


def test_a_key_that_means_two_arrays_is_an_error() -> None:
    with pytest.raises(InputError, match="'x_rep_a' could be the array of two inputs"):
        find_inputs({"x_a", "x_rep_a"}, ("a", "rep_a"), (TEST,), "d.npz")


@pytest.mark.parametrize("stored", [{"x0", "x1"}, {"x0", "x1", "x_rep0", "x_rep1"}])
def test_inputs_called_like_numbered_arrays_have_those_called_like_them(stored: set[str]) -> None:
    assert find_inputs(stored, ("x1", "x0"), (TEST,), "d.npz") == (("x1", "x0"), TEST, False)
    assert find_inputs(stored, ("x1",), (TEST,), "d.npz") == (("x1",), TEST, False)
    assert find_inputs({"x1", "x2"}, ("x1", "x2"), (TEST,), "d.npz") == (("x1", "x2"), TEST, False)


@pytest.mark.parametrize(
    ("names", "stored", "part"),
    [
        (("x1", "x0"), {"x_rep0", "x_rep1"}, REPRESENTATIVE),
        (("x1", "x0"), {"x_rep0", "x_rep1", "x0", "x1"}, REPRESENTATIVE),
        (("x1", "x0"), {"x_train0", "x_train1"}, TRAINING),
        (("in_1", "in_0"), {"x0", "x1"}, TEST),
        (("x1", "b"), {"x0", "x1"}, TEST),
        (("b", "x0"), {"x0", "x1"}, TEST),
    ],
)
def test_numbers_that_can_be_read_in_two_orders_are_refused(names: tuple[str, ...], stored: set[str], part: str) -> None:
    with pytest.raises(InputError, match="could be the inputs in their order") as caught:
        find_inputs(stored, names, tuple(dict.fromkeys((part, TEST))), "d.npz")
    assert caught.value.expected == f"'x{part}_{names[0]}' and 'x{part}_{names[1]}'"


@pytest.mark.parametrize("names", [("input_1", "input_2"), ("input_2", "input_1"), ("x0", "x1"), ("in_0", "in_1"), ("a", "b")])
def test_numbers_that_no_name_contradicts_are_the_order(names: tuple[str, ...]) -> None:
    assert find_inputs({"x_rep0", "x_rep1"}, names, (REPRESENTATIVE,), "d.npz") == (("x_rep0", "x_rep1"), REPRESENTATIVE, True)


def test_a_missing_array_is_named_with_all_that_are_needed() -> None:
    with pytest.raises(InputError, match=r"'x_right' is missing \(it has: x_left, y\)") as caught:
        find_inputs({"x_left", "y"}, TWO, (TEST,), "d.npz")
    assert caught.value.hint == "numpy.savez(file, x_left=..., x_right=...)"


def test_labels_are_named_by_output_where_there_are_several() -> None:
    assert find_labels({"y": 1}, ("out",)) == {"out": ("y", 1)}
    assert find_labels({"y_b": 1, "y": 2}, ("a", "b")) == {"b": ("y_b", 1)}
    assert find_labels({"y0": 1, "y1": 2}, ("y1", "y0")) == {"y1": ("y1", 2), "y0": ("y0", 1)}
    assert find_labels({"y_train_b": 1}, ("a", "b"), TRAINING) == {"b": ("y_train_b", 1)}


def test_what_belongs_to_a_test_is_known_by_its_name() -> None:
    wanted = {
        key
        for key in ("x_left", "x_rep_left", "x_train_left", "x0", "y_a", "golden_a", "y_train_a", "other")
        if is_test_array(key, TWO, ("a", "b"))
    }
    assert wanted == {"x_left", "x0", "y_a", "golden_a"}
