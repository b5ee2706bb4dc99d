"""The expression of `--fail-on`: what it means, and what is said where it means nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcu_toolkit.errors import InputError
from mcu_toolkit.report.fail_on import EXAMPLE, FailOn, default_fail_on, parse_fail_on
from mcu_toolkit.report.measures import MEASURES, PARITY

UPWARDS = sorted(name for name, one in MEASURES.items() if not one.more_is_better)
VALUES = st.integers(0, 10**9)


ANY_SPEED = settings(deadline=None, derandomize=True)
"""The same cases each time, on a machine of any load."""


def broken(text: str, base: float, new: float) -> bool:
    [rule] = parse_fail_on(text).rules
    return rule.is_broken(base, new)


@pytest.mark.parametrize(
    ("text", "base", "new", "expected"),
    [
        ("flash>+1%", 1000, 1010, False),
        ("flash>+1%", 1000, 1011, True),
        ("flash>+1%", 0, 1, True),
        ("flash>+0%", 1000, 1000, False),
        ("flash>+0%", 1000, 1001, True),
        ("flash > + 0.5 %", 1000, 1005, False),
        ("stack>+256", 500, 756, False),
        ("stack>+256", 500, 757, True),
        ("arena>+1K", 0, 1024, False),
        ("arena>+1K", 0, 1025, True),
        ("instructions>+1K", 0, 1001, True),
        ("flash>64K", 0, 65536, False),
        ("flash>64K", 99999, 65537, True),
        ("cycles>5M", 0, 5_000_001, True),
        ("latency>2ms", 0, 2001, True),
        ("accuracy<-0.2pp", 0.95, 0.948, False),
        ("accuracy<-0.2pp", 0.95, 0.9479, True),
        ("accuracy<-0.2pp", 0.5, 0.9, False),
        ("accuracy<-0.002", 0.95, 0.9479, True),
        ("accuracy<-1%", 0.5, 0.4951, False),
        ("accuracy<-1%", 0.5, 0.4949, True),
        ("accuracy<0.95", 0.1, 0.95, False),
        ("accuracy<95%", 1.0, 0.9499, True),
    ],
)
def test_what_a_term_means(text: str, base: float, new: float, expected: bool) -> None:
    assert broken(text, base, new) is expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "--fail-on: is empty"),
        (" , ,", "--fail-on: is empty"),
        ("flash", "'flash' says no bound\n  expected: such as flash>\\+1%"),
        ("flash>1%", "a percentage without a sign"),
        ("flash<+1%", "would fail on an improvement"),
        ("accuracy>+1pp", "would fail on an improvement"),
        ("flash>-1%", "asks for an improvement"),
        ("accuracy<+1pp", "asks for an improvement"),
        ("flash>+1pp", "percentage points, which are for changes of a share"),
        ("accuracy<95pp", "percentage points, which are for changes of a share"),
        ("flash>+x", "'x' is no value for flash"),
        ("flash>+nan", "'nan' is no value for flash"),
        ("flash>+inf%", "has 'inf' for a number"),
        ("flash>+1e400", "is no value for flash"),
        ("flash>=+1%", "is not understood"),
        ("flash>+1%;ram>+1%", "is not understood|has '.*' for a number"),
        ("parity>1", "parity, which is no number"),
        ("flash>+1%,,parity", "'' is not understood"),
        ("x" * 5000, "has 5,000 characters"),
    ],
)
def test_what_makes_no_sense_is_refused_with_an_example(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as refused:
        parse_fail_on(text)
    assert refused.value.expected


@pytest.mark.parametrize("text", ["flsh>+1%", "flsh", "Flash>+1%", ">+1%"])
def test_an_unknown_measure_is_answered_with_all_there_are(text: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_fail_on(text)
    assert refused.value.expected == f"one of {', '.join((*MEASURES, PARITY))}" or text == ">+1%"


@ANY_SPEED
@given(st.text(max_size=40))
def test_any_text_is_an_expression_or_an_error_of_ours(text: str) -> None:
    try:
        found = parse_fail_on(text)
    except InputError as error:
        refusal = error
        assert refusal.expected
    else:
        assert found.rules


@ANY_SPEED
@given(st.sampled_from(UPWARDS), st.decimals(0, 1000, places=3), VALUES, VALUES)
def test_a_percentage_is_exact_for_whole_numbers(name: str, percent: object, base: int, new: int) -> None:
    exactly = (new - base) * 100_000 > round(float(str(percent)) * 1000) * base
    assert broken(f"{name}>+{percent}%", base, new) is exactly


@ANY_SPEED
@given(st.sampled_from(UPWARDS), st.integers(0, 10**6), VALUES, VALUES, VALUES)
def test_what_is_worse_than_a_regression_is_one(name: str, bound: int, base: int, new: int, more: int) -> None:
    for text in (f"{name}>+{bound}", f"{name}>{bound}", f"{name}>+{bound % 100}%"):
        if broken(text, base, new):
            assert broken(text, base, new + more)
        assert not broken(f"{name}>+{bound}", base, base)


@ANY_SPEED
@given(st.lists(st.sampled_from([f"{name}{one.tolerance}" for name, one in MEASURES.items()] + [PARITY]), min_size=1, max_size=8))
def test_an_expression_is_its_terms_whatever_blanks_are_in_it(terms: list[str]) -> None:
    plain = parse_fail_on(",".join(terms))
    assert parse_fail_on(" , ".join(term.replace(">", " > ") for term in terms)) == plain
    assert parse_fail_on(plain.text) == plain


def test_the_example_and_what_counts_by_itself_are_expressions() -> None:
    assert len(parse_fail_on(EXAMPLE).rules) == 4
    every = default_fail_on()
    assert every.is_default
    assert {name for name in (*MEASURES, PARITY) if every.of(name)} == {*MEASURES, PARITY}
    assert parse_fail_on(every.text) == FailOn(every.rules)
