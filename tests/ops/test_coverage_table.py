"""The table itself: a row for each operator that computes something, and each row asked for by a test of the operator's family."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from mcu_toolkit.runtimes.aot.ops.registry import all_operators
from tests.ops.coverage import LEAST_DRAWS, missing
from tests.ops.coverage_table import COVERAGE

TESTED_OTHERWISE = {"ASSIGN_VARIABLE", "CALL_ONCE", "READ_VARIABLE", "VAR_HANDLE", "CIRCULAR_BUFFER", "MCU_GRU", "MCU_SIMPLE_RNN"}
"""State: sequences of inferences, in recurrent/."""
TESTED_OTHERWISE |= {"RESHAPE", "SQUEEZE", "EXPAND_DIMS", "FILL", "EMBEDDING_LOOKUP"}
"""Nothing but bytes that stay as they are, one value, or rows of a table: data_movement/test_reshape.py, test_fill.py, test_gather.py."""


def test_every_operator_has_a_row() -> None:
    assert set(COVERAGE) == set(all_operators()) - TESTED_OTHERWISE


def test_every_row_is_asked_for() -> None:
    asked = set[str]()
    for path in Path(__file__).parent.rglob("test_*.py"):
        asked.update(re.findall(r'rows=\["(\w+)"\]', path.read_text("utf-8")))
    assert set(COVERAGE) - asked - set(_parametrised()) == set()


def _parametrised() -> Iterator[str]:
    """Operators of the tests that have `rows=[operator]` and are run for a list of operators."""
    one = re.compile(r'parametrize\("operator", \[([^]]*)\]\)\n(?:@.*\n)*def \w+\([^)]*\) -> None:\n((?:(?:    .*)?\n)*)')
    for path in Path(__file__).parent.rglob("test_*.py"):
        for operators, body in one.findall(path.read_text("utf-8")):
            if "rows=[operator]" in body:
                yield from re.findall(r'"(\w+)"', operators)


def test_what_was_not_drawn_is_named() -> None:
    table = {"ADD": frozenset({"type int8", "broadcast"})}
    seen = Counter({"ADD: type int8": LEAST_DRAWS - 1, "SUB: broadcast": 5})
    assert missing(seen, ["ADD"], table) == ["ADD: broadcast (0 draws)", "ADD: type int8 (19 draws)"]
    assert missing(seen + Counter({"ADD: type int8": 1, "ADD: broadcast": 1}), ["ADD"], table) == []
