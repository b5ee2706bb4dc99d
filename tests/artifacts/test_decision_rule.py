"""The decision rule: what it takes, its thresholds, and that it survives in a model's metadata."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcu_toolkit.artifacts.contract import InputContract, contract_of_model, with_contract
from mcu_toolkit.artifacts.decision_rule import ClassThreshold, DecisionRule, real_threshold, sum_threshold
from mcu_toolkit.errors import InputError
from mcu_toolkit.model import parse_model, with_metadata
from tests import small_models

RULE = DecisionRule(3, 5, (ClassThreshold(1, 1235), ClassThreshold(0, -4)), 10, 20, waits_for_quiet=True)


def test_a_model_holds_its_rule() -> None:
    content = with_contract(small_models.fully_connected(), InputContract(decision=RULE))
    assert contract_of_model(parse_model(content, "m")).decision == RULE


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "DecisionRule is []"),
        ('{"stride_frames":1,"average_over":1,"classes":[],"warm_up":0}', "the number of classes is 0"),
        ('{"stride_frames":0,"average_over":1,"classes":[{"index":0,"sum_threshold":0}],"warm_up":0}', "stride_frames is 0"),
        ('{"stride_frames":1,"average_over":1.5,"classes":[{"index":0,"sum_threshold":0}],"warm_up":0}', "average_over is 1.5"),
        ('{"stride_frames":1,"average_over":1,"warm_up":0}', "DecisionRule has no 'classes'"),
    ],
)
def test_what_others_wrote_into_a_model_is_checked(text: str, message: str) -> None:
    content = with_metadata(small_models.fully_connected(), "mcu_toolkit", f'{{"schema_version":1,"decision":{text}}}'.encode())
    with pytest.raises(InputError, match=re.escape(message)):
        contract_of_model(parse_model(content, "m"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stride_frames": 0}, "stride_frames is 0"),
        ({"average_over": 1025, "warm_up": 2000}, "average_over is 1025"),
        ({"warm_up": 3}, "warm_up is 3"),
        ({"refractory": 65536}, "refractory is 65536"),
        ({"classes": ()}, "the number of classes is 0"),
        ({"classes": (ClassThreshold(1, 5), ClassThreshold(1, 6))}, "classes [1, 1]"),
    ],
)
def test_rules_that_no_board_can_follow_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        replace(RULE, **change)


@pytest.mark.parametrize("wrong", [(-1, 0), (0, 2**31), (0, -(2**31))])
def test_thresholds_fit_a_c_int32(wrong: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="decision rule"):
        ClassThreshold(*wrong)


@given(
    real=st.floats(-2, 2),
    scale=st.floats(2**-16, 2, width=32),
    average_over=st.integers(1, 30),
    total=st.integers(-30_000, 30_000),
)
def test_a_sum_is_above_the_integer_exactly_where_the_mean_is_above_the_real_threshold(
    real: float, scale: float, average_over: int, total: int
) -> None:
    above = Fraction(total) * Fraction(float(np.float32(scale))) / average_over > Fraction(real)
    try:
        assert (total > sum_threshold(real, scale, average_over)) == above
    except InputError:
        assert abs(real / scale) > 65535


def test_the_cutoff_of_a_wake_word_manifest_is_its_integer_times_the_window() -> None:
    """ESPHome compares the sum of uint8 probabilities with cutoff * window."""
    assert sum_threshold(247 / 256, 1 / 256, 5) == 247 * 5
    assert real_threshold(247 * 5, 1 / 256, 5) == 247 / 256


@pytest.mark.parametrize(("real", "scale"), [(float("nan"), 1 / 256), (0.5, 0.0), (float("inf"), 1.0), (1e9, 1 / 256)])
def test_thresholds_that_mean_nothing_are_refused(real: float, scale: float) -> None:
    with pytest.raises(InputError, match="a threshold of"):
        sum_threshold(real, scale, 5)
