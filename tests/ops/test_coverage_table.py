"""The table itself: a row for each operator that computes something, and each row asked for by the operator's own test."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from mcu_toolkit.runtimes.aot.ops.registry import all_operators
from tests.ops.coverage import LEAST_DRAWS, missing
from tests.ops.coverage_table import COVERAGE

TESTED_OTHERWISE = {"ASSIGN_VARIABLE", "CALL_ONCE", "READ_VARIABLE", "VAR_HANDLE", "CIRCULAR_BUFFER"}
"""State: sequences of inferences, in test_variables.py and test_circular_buffer.py."""
TESTED_OTHERWISE |= {"RESHAPE", "SQUEEZE", "EXPAND_DIMS", "FILL", "EMBEDDING_LOOKUP"}
"""Nothing but bytes that stay as they are, one value, or rows of a table: test_reshape.py, test_fill.py, test_embedding_lookup.py."""


def test_every_operator_has_a_row() -> None:
    assert set(COVERAGE) == set(all_operators()) - TESTED_OTHERWISE


def test_every_row_is_asked_for() -> None:
    texts = [path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py")]
    asked = {operator for operator in COVERAGE if any(f'rows=["{operator}"]' in text for text in texts)}
    assert set(COVERAGE) - asked == set()


def test_what_was_not_drawn_is_named() -> None:
    table = {"ADD": frozenset({"type int8", "broadcast"})}
    seen = Counter({"ADD: type int8": LEAST_DRAWS - 1, "SUB: broadcast": 5})
    assert missing(seen, ["ADD"], table) == ["ADD: broadcast (0 draws)", "ADD: type int8 (19 draws)"]
    assert missing(seen + Counter({"ADD: type int8": 1, "ADD: broadcast": 1}), ["ADD"], table) == []
