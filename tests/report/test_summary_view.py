"""The short text of a report: at most twenty lines, what matters first, and nothing of it says less than the verdict."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from mcu_toolkit.artifacts import Level, Scores
from mcu_toolkit.boards import CycleBand
from mcu_toolkit.report import Limits, NotRun, Report
from mcu_toolkit.report.scores_text import class_lines
from mcu_toolkit.report.summary_view import MOST_LINES, to_summary
from mcu_toolkit.validate import score_classes
from tests.report.test_report import FOOTPRINT, _comparison, _device

EQUAL = (_comparison("litert", Level.SAME_CLASS, 1234, 47), _comparison("device", Level.BYTE_EQUAL))


def report(**changes: object) -> Report:
    return dataclasses.replace(_device(EQUAL).with_footprint(FOOTPRINT), **changes)  # type: ignore[arg-type]


def test_the_verdict_comes_first_then_accuracy_then_parity() -> None:
    lines = to_summary(report()).splitlines()
    assert lines[:3] == [
        "verdict: pass - netduinoplus2 computes exactly what tflm does",
        "accuracy  device 96.00 %, keras 97.00 %",
        "parity    device and tflm are byte-equal in 10 samples",
    ]
    assert "flash     19.5 KiB: code 11.7 KiB, weights 7,900 B" in lines
    assert "stack     640 B of 4,096 B used" in lines
    assert "inference 200 instructions" in lines
    assert max(map(len, lines)) <= 80


def test_a_no_says_why() -> None:
    judged = _device((_comparison("device", Level.DIFFERENT, 12, 3),)).within(Limits(most={"instructions": 100}), ("instructions",))
    lines = to_summary(judged).splitlines()
    assert lines[0] == "verdict: FAIL"
    assert lines[1] == "  device differs from tflm in 10 of 10 samples (12 bytes, by up to 3 LSB)"
    assert lines[2] == "  instructions is 200, 100 (100.0 %) more than its limit of 100"
    assert "parity    device differs from tflm: 12 bytes in 10 of 10 samples, by up to 3 LSB (different)" in lines


@pytest.mark.parametrize("classes", [2, 4, 30])
def test_who_is_taken_for_whom_is_said_where_there_is_room(classes: int) -> None:
    truth = np.repeat(np.arange(classes), 3)
    said = np.where(np.arange(len(truth)) == 0, 1, truth)
    scores = Scores({"device": score_classes(np.eye(classes)[said], truth)})
    lines = to_summary(report(scores=scores)).splitlines()
    shown = class_lines(scores)
    assert 3 <= len(shown) <= 6
    assert lines[2 : 2 + len(shown)] == shown
    assert lines[2 + len(shown)].startswith("parity")
    crowded = report(verdict="fail", reasons=tuple("abcdefgh"), scores=scores, stack_bytes=None, notes=tuple("nm"))
    assert len(to_summary(crowded).splitlines()) <= MOST_LINES


@pytest.mark.parametrize("count", [0, 1, 3, 50])
def test_it_is_twenty_lines_at_most_and_says_what_it_leaves_out(count: int) -> None:
    texts = tuple(f"text {number}" for number in range(count))
    outputs = {f"output {number}": {"device": 0.5} for number in range(count)}
    shown = report(
        verdict="fail" if count else "pass",
        reasons=texts,
        notes=texts,
        accuracy_by_output=outputs,
        not_run=tuple(NotRun("aot-host", "gcc\nfailed") for _ in texts),
        estimated_cycles=1000,
    )
    lines = to_summary(shown).splitlines()
    assert len(lines) <= MOST_LINES
    if count == 50:
        assert "  and 46 more reasons: -v shows them" in lines
        assert any("more notes: -v shows them" in line for line in lines)
        assert any("more outputs: -v shows them" in line for line in lines)


def test_an_estimate_of_cycles_has_a_band_and_a_count_has_none() -> None:
    assert "inference 200 instructions, 0.996-1.500 M cycles, 9.96-15 ms at 100 MHz, estimated (core not calibrated)" in to_summary(
        report(estimated_cycles=1_000_000, cycle_band=CycleBand(0.996, 1.5, 100_000_000, is_calibrated=False))
    )
    assert "inference 200 instructions, 900 cycles, counted by the board" in to_summary(report(measured_cycles=900))


def test_what_was_not_compared_with_tflm_says_so() -> None:
    alone = dataclasses.replace(_comparison("device", Level.BYTE_EQUAL), b="aot-host")
    text = to_summary(dataclasses.replace(report(), golden="aot-host", comparisons=(alone,)))
    assert "parity    device and aot-host are byte-equal in 10 samples, not compared with TFLM" in text


def test_names_of_models_are_spelled_out() -> None:
    assert "\x1b" not in to_summary(report(model_name="m\x1b[31m\nverdict: pass"))
