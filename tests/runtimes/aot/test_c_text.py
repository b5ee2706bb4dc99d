"""Arrays of generated C: every value as C takes it, in rows that are as long as they may be and no longer."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from mcu_toolkit.runtimes.aot.ir.c_text import c_array

WIDTH = 116
CONSTANTS = {"INT32_MIN": -(2**31), "INT64_MIN": -(2**63)}
INTEGERS = ("int8", "uint8", "int16", "uint16", "int32", "int64", "bool")


def read(text: str) -> list[int]:
    """The values in the braces of a definition."""
    words = text[text.index("{") + 1 : text.rindex("}")].replace("\n", " ").split(",")
    return [CONSTANTS.get(word.strip(), 0) or int(re.sub(r"INT64_C\((.*)\)", r"\1", word.strip())) for word in words if word.strip()]


@given(st.sampled_from(INTEGERS).flatmap(lambda name: arrays.arrays(np.dtype(name), st.integers(0, 200))))
def test_every_integer_is_read_back(array: np.ndarray) -> None:  # type: ignore[type-arg]
    assert read(c_array("a", array, "a")) == array.astype(np.int64).tolist()


@given(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=300))
def test_a_row_ends_where_the_next_value_does_not_fit(values: list[int]) -> None:
    text = c_array("a", np.array(values, np.int32), "a")
    rows = [line[4:].rstrip(",").split(", ") for line in text.splitlines()[2:-1]]
    for row in rows:
        assert sum(len(word) + 2 for word in row) <= WIDTH
    for row, after in itertools.pairwise(rows):
        assert sum(len(word) + 2 for word in (*row, after[0])) > WIDTH


@pytest.mark.parametrize("name", ["int32", "int64"])
def test_the_smallest_integers_have_names(name: str) -> None:
    least = np.iinfo(np.dtype(name)).min
    assert f"{name.upper()}_MIN" in c_array("a", np.array([least, 5], name), "a")
