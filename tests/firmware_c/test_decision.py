"""The decision rule in C decides what the one in Python decides, whatever the scores."""

from __future__ import annotations

import ctypes
import subprocess
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcu_toolkit.artifacts.decider import Decider
from mcu_toolkit.artifacts.decision_rule import ClassThreshold, DecisionRule
from mcu_toolkit.system.resources import templates_dir

SOURCE = """
#include "decision.h"
void run(const decision_rule *rule, int32_t *sums, int32_t *last, const int32_t *scores, uint32_t count, int32_t *decided, int32_t *of);
void run(const decision_rule *rule, int32_t *sums, int32_t *last, const int32_t *scores, uint32_t count, int32_t *decided, int32_t *of) {
    decision_state state;
    decision_reset(rule, &state, sums, last);
    for (uint32_t i = 0; i < count; i++) {
        decided[i] = decision_push(rule, &state, scores + i * rule->class_count);
        of[i] = decided[i] < 0 ? 0 : sums[decided[i]];
    }
}
"""


class _Class(ctypes.Structure):
    _fields_ = (("index", ctypes.c_uint16), ("sum_threshold", ctypes.c_int32))


class _Rule(ctypes.Structure):
    _fields_ = (
        ("average_over", ctypes.c_uint16),
        ("warm_up", ctypes.c_uint16),
        ("refractory", ctypes.c_uint16),
        ("waits_for_quiet", ctypes.c_bool),
        ("class_count", ctypes.c_uint16),
        ("classes", ctypes.POINTER(_Class)),
    )


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("decision")
    (folder / "run.c").write_text(SOURCE)
    flags = ["-std=c99", "-O1", "-Wall", "-Wextra", "-Wconversion", "-Wpedantic", "-Werror", "-fsanitize=undefined"]
    flags += ["-fsanitize-undefined-trap-on-error", f"-I{templates_dir() / 'listener'}", "-shared", "-fPIC"]
    subprocess.run(["gcc", *flags, folder / "run.c", "-o", folder / "run.so"], check=True)
    return ctypes.CDLL(str(folder / "run.so"))


def decided_in_c(compiled: Any, rule: DecisionRule, scores: np.ndarray) -> list[tuple[int, int, int]]:
    classes = (_Class * len(rule.classes))(*(_Class(one.index, one.sum_threshold) for one in rule.classes))
    given_rule = _Rule(rule.average_over, rule.warm_up, rule.refractory, rule.waits_for_quiet, len(classes), classes)
    listened = np.ascontiguousarray(scores[:, [one.index for one in rule.classes]])
    sums, last = np.zeros(len(classes), np.int32), np.zeros(rule.average_over * len(classes), np.int32)
    decided, of = np.zeros(len(scores), np.int32), np.zeros(len(scores), np.int32)
    arrays = [ctypes.c_void_p(array.ctypes.data) for array in (sums, last, listened)]
    compiled.run(ctypes.byref(given_rule), *arrays, ctypes.c_uint32(len(scores)), *(ctypes.c_void_p(a.ctypes.data) for a in (decided, of)))
    return [(n, rule.classes[decided[n]].index, int(of[n])) for n in range(len(scores)) if decided[n] >= 0]


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_c_decides_what_python_decides(compiled: Any, data: st.DataObject) -> None:
    classes = data.draw(st.integers(1, 5))
    average_over = data.draw(st.integers(1, 12))
    most = data.draw(st.sampled_from([255, 65_535]))
    random = np.random.default_rng(data.draw(st.integers(0, 1 << 30)))
    listened = data.draw(st.lists(st.integers(0, classes - 1), min_size=1, max_size=classes, unique=True))
    rule = DecisionRule(
        stride_frames=1,
        average_over=average_over,
        classes=tuple(ClassThreshold(index, int(random.integers(0, most * average_over + 1))) for index in listened),
        warm_up=average_over - 1 + data.draw(st.integers(0, 20)),
        refractory=data.draw(st.integers(0, 30)),
        waits_for_quiet=data.draw(st.booleans()),
    )
    # Few different values, so that sums are equal and on the threshold now and then, that rise and fall slowly.
    steps = random.choice([0, most // 4, most // 2, most], (200, classes), p=[0.5, 0.1, 0.2, 0.2])
    scores = np.repeat(steps, 3, axis=0).astype(np.int32)
    expected = [(one.inference, one.index, one.sum) for one in Decider(rule, classes).push(scores)]
    assert decided_in_c(compiled, rule, scores) == expected


def test_it_decides_at_all(compiled: Any) -> None:
    rule = DecisionRule(1, 3, (ClassThreshold(0, 300), ClassThreshold(1, 300)), 2, 5)
    scores = np.array([[200, 0]] * 6 + [[0, 250]] * 6, np.int32)
    assert decided_in_c(compiled, rule, scores) == [(2, 0, 600), (8, 1, 750)]
