"""The decider: the same decisions as the rule's text read as a loop of integers, in whatever pieces the scores come."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from mcu_toolkit.artifacts.decider import Decided, Decider, scores_of
from mcu_toolkit.artifacts.decision_rule import ClassThreshold, DecisionRule


def by_the_text(rule: DecisionRule, scores: np.ndarray) -> list[Decided]:
    """decision_rule.py's three steps, inference by inference."""
    classes = scores.shape[1]
    ring, sums, waiting, found = [[0] * classes for _ in range(rule.average_over)], [0] * classes, rule.warm_up, []
    for number, row in enumerate(scores.tolist()):
        oldest = ring[number % rule.average_over]
        sums = [total + new - old for total, new, old in zip(sums, row, oldest, strict=True)]
        ring[number % rule.average_over] = row
        if waiting > 0:
            loud = any(row[one.index] * rule.average_over >= one.sum_threshold for one in rule.classes)
            if not (loud and rule.waits_for_quiet):
                waiting -= 1
            continue
        best = None
        for one in rule.classes:
            if sums[one.index] > one.sum_threshold and (best is None or sums[one.index] > sums[best]):
                best = one.index
        if best is not None:
            found.append(Decided(number, best, sums[best]))
            waiting = rule.refractory
    return found


def drawn(seed: int) -> tuple[DecisionRule, np.ndarray]:
    rng = np.random.default_rng(seed)
    average_over, classes = int(rng.integers(1, 8)), int(rng.integers(1, 5))
    listened = rng.permutation(classes)[: rng.integers(1, classes + 1)]
    thresholds = tuple(ClassThreshold(int(index), int(rng.integers(100, 200)) * average_over) for index in listened)
    warm_up = average_over - 1 + int(rng.integers(0, 5))
    rule = DecisionRule(1, average_over, thresholds, warm_up, int(rng.integers(0, 9)), waits_for_quiet=bool(rng.integers(2)))
    slow = np.repeat(rng.integers(0, 256, (80, classes)), 5, axis=0)
    return rule, (slow // 8 * 8).astype(np.int32)  # equal sums happen


@pytest.mark.parametrize("seed", range(60))
def test_pieces_of_any_length_decide_what_the_text_says(seed: int) -> None:
    rule, scores = drawn(seed)
    expected = by_the_text(rule, scores)
    cuts = [0, *sorted(np.random.default_rng(seed).integers(0, len(scores), 6).tolist()), len(scores)]
    decider = Decider(rule, scores.shape[1])
    assert [one for start, end in pairwise(cuts) for one in decider.push(scores[start:end])] == expected


def test_the_drawn_streams_hold_decisions_and_some_that_only_quiet_delays() -> None:
    counts = [len(by_the_text(*drawn(seed))) for seed in range(60)]
    assert sum(count > 0 for count in counts) > 40


def test_a_long_word_is_decided_once_if_the_rule_waits_for_quiet() -> None:
    scores = np.array([[0]] * 5 + [[200]] * 30 + [[0]] * 10 + [[200]] * 5, np.int32)
    threshold = (ClassThreshold(0, 300),)
    once = Decider(DecisionRule(1, 2, threshold, 1, 4, waits_for_quiet=True), 1)
    often = Decider(DecisionRule(1, 2, threshold, 1, 4), 1)
    assert [one.inference for one in once.push(scores)] == [6, 46]
    assert [one.inference for one in often.push(scores)] == [6, 11, 16, 21, 26, 31, 46]


def test_of_equal_sums_the_class_that_the_rule_names_first_is_decided() -> None:
    scores = np.full((1, 2), 9, np.int32)
    rule = DecisionRule(1, 1, (ClassThreshold(1, 5), ClassThreshold(0, 5)), 0)
    assert [one.index for one in Decider(rule, 2).push(scores)] == [1]


def test_scores_are_stored_integers_minus_the_zero_point() -> None:
    assert scores_of(np.array([[[-128, 127]]], np.int8), -128).tolist() == [[0, 255]]
    assert scores_of(np.array([[0, 255]], np.uint8), 0).tolist() == [[0, 255]]
