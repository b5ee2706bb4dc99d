"""Names of models in C: unique, nobody else's, and the same every time."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcu_toolkit.artifacts.code_names import code_names, is_reserved, unique_names

FIRMWARE = ("app", "app_run", "app_support", "app_pattern", "Arduino", "main", "inference", "uart", "platform", "model", "model_data")
LANGUAGE = ("class", "int", "register", "NULL", "EOF", "I", "unix", "linux")
HEADERS = ("string", "Math", "stdint", "new", "wire", "Stream", "con", "AUX")
TYPES = ("int8", "uint8", "float32", "size", "q15")
TARGETS = ("Makefile", "makefile", "GNUmakefile", "all", "clean", "objects", "run", "example", "always")


@pytest.mark.parametrize("name", [*FIRMWARE, *LANGUAGE, *HEADERS, *TYPES, *TARGETS])
def test_names_that_are_taken_already_get_a_letter_in_front(name: str) -> None:
    assert code_names([name]) == (f"m_{name}",)


@pytest.mark.parametrize("name", ["sine", "kws_ref_model", "vww_96_int8", "int16x8", "digits", "micro_speech", "Sine2", "m", "all_digits"])
def test_ordinary_names_stay_as_they_are(name: str) -> None:
    assert code_names([name]) == (name,)


def test_equal_names_are_numbered_without_regard_to_case() -> None:
    assert code_names(["sine", "sine", "SINE", "si-ne", "si ne"]) == ("sine", "sine_2", "SINE_3", "si_ne", "si_ne_2")
    assert unique_names(["a", "A", "a_2", "main", ""]) == ("a", "A_2", "a_2_2", "m_main", "model")
    long = code_names(["x" * 90, "x" * 91])
    assert len(set(long)) == 2


@pytest.mark.parametrize("part", ["quantize", "preprocess", "quantize_input0", "input0", "outputs", "k_weights", "reset", "layer_1", "H"])
@pytest.mark.parametrize("order", [1, -1])
def test_no_model_is_called_like_a_part_of_another(part: str, order: int) -> None:
    first, second = code_names(["a", f"a_{part}"][::order])
    assert not second.lower().startswith(f"{first.lower()}_")
    assert not first.lower().startswith(f"{second.lower()}_")


OF_MODELS = ("a", "a_2", "A", "a_quantize", "m_a", "m_a_quantize", "a_quantize_2", "m_m_a")
NAMES = st.one_of(
    st.text(max_size=60),
    st.sampled_from([*FIRMWARE, *LANGUAGE, *HEADERS, *TYPES, *TARGETS, *OF_MODELS]),
)


@given(st.lists(NAMES, max_size=8))
def test_any_names_become_identifiers_that_nobody_else_has(names: list[str]) -> None:
    found = code_names(names)
    assert len(found) == len(names)
    assert code_names(names) == found
    for name in found:
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*", name)
        assert not is_reserved(name)
    for one, other in itertools.combinations(found, 2):
        assert one.lower() != other.lower()
