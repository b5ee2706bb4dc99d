"""Inputs and outputs of a .tflite matched with a Keras model's: by name, else by shape where that is no guess."""

from __future__ import annotations

import pytest

from mcu_toolkit.errors import InputError
from mcu_toolkit.runners.keras_interface import KerasPort, matched


def ports(**shapes: tuple[int, ...]) -> tuple[KerasPort, ...]:
    return tuple(KerasPort(name, name, (None, *shape), "float32") for name, shape in shapes.items())


def test_names_decide_whatever_the_order() -> None:
    found = matched("output", ports(zeta=(4,), alpha=(4,), mid=(4,)), {"mid": (4,), "alpha": (4,), "zeta": (4,)}, "m")
    assert found == (2, 1, 0)


def test_a_single_one_needs_no_name() -> None:
    assert matched("input", ports(image=(4, 4, 1)), {"args_0": (4, 4)}, "m") == (0,)


def test_the_numbers_of_keras_export_are_keras_positions() -> None:
    outputs = ports(zeta=(4,), alpha=(4,), mid=(4,))
    assert matched("output", outputs, {"output_2": (4,), "output_0": (4,), "output_1": (4,)}, "m") == (2, 0, 1)


def test_shapes_decide_where_names_say_nothing_and_all_differ() -> None:
    inputs = ports(image=(8, 8, 1), vector=(3,))
    assert matched("input", inputs, {"a": (3,), "b": (8, 8)}, "m") == (1, 0)


@pytest.mark.parametrize("wanted", [{"a": (4,), "b": (4,)}, {"a": (4,), "beta": (4,)}, {"a": (4,), "b": (5,)}, {"a": (4,)}])
def test_what_would_be_a_guess_is_an_error_that_tells_both(wanted: dict[str, tuple[int, ...]]) -> None:
    with pytest.raises(InputError, match=r"inputs are alpha, beta; the \.tflite's are a") as caught:
        matched("input", ports(alpha=(4,), beta=(4,)), wanted, "m.keras")
    assert caught.value.hint
