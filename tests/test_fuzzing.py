"""The budget of `make fuzz`: every fuzzer gets seeds for its share of the time, and one that tries nothing fails."""

from __future__ import annotations

import itertools

import pytest

from tests.fuzzing import Fuzzing, share_s


def first_seeds(first: int, count: int) -> list[int]:
    return list(itertools.islice(Fuzzing(60.0, first).seeds(), count))


def test_a_finding_is_repeated_by_its_seed() -> None:
    seeds = first_seeds(7, 5)
    assert seeds == first_seeds(7, 5)
    assert len(set(seeds)) == 5
    assert first_seeds(seeds[3], 1) == [seeds[3]]


def test_the_share_ends_and_holds_one_seed_at_least() -> None:
    fuzzing, tried = Fuzzing(0.0, 7), []
    for seed in fuzzing.seeds():
        tried.append(seed)
        fuzzing.cases += 1
    assert tried == [7]


def test_a_fuzzer_that_tries_nothing_fails() -> None:
    with pytest.raises(AssertionError, match="no case was tried"):
        list(Fuzzing(0.0).seeds())


@pytest.mark.parametrize(("fuzzers", "workers", "expected_s"), [(1, 1, 60), (10, 1, 6), (10, 2, 12), (9, 2, 12), (1, 2, 60)])
def test_the_shares_fill_the_time_of_all(fuzzers: int, workers: int, expected_s: float) -> None:
    assert share_s(fuzzers, workers, 60) == expected_s
