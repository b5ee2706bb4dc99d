"""JSON for other programs: no words that only Python's reader takes, and one place that writes it."""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mcu_toolkit
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.system.json_text import json_text
from mcu_toolkit.system.parsing import json_value
from mcu_toolkit.system.records import INFINITE_IS_NULL, from_plain
from mcu_toolkit.train.phases import Epoch

PACKAGE = Path(mcu_toolkit.__file__).parent
NOT_FOR_OTHERS = {
    "pipeline/firmware.py": "a copy in memory",
    "pipeline/matrix/execute.py": "a message to a process of ours",
    "quantize/qat.py": "a copy in memory",
    "quantize/qat_child.py": "a message to a process of ours",
    "report/difference.py": "a few words of an error",
    "runners/child_process.py": "a message to a process of ours",
    "runners/interpreter_child.py": "a message to a process of ours",
    "runners/isolated.py": "a message to a process of ours",
    "runners/keras.py": "a message to a process of ours",
    "runners/keras2_child.py": "a message to a process of ours",
}
"""Modules that call json.dumps without `allow_nan=False`."""
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@dataclass(frozen=True)
class Measured:
    error: float
    each: tuple[float, ...] = ()
    sqnr_db: float = field(default=math.inf, metadata=INFINITE_IS_NULL)


def strictly(text: str) -> object:
    return json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_result_with_numbers_that_json_lacks_has_null_there(number: float) -> None:
    found = strictly(StepResult("quantize", (), Measured(number, (0.5, number))).to_json())
    assert isinstance(found, dict)
    assert (found["error"], found["each"], found["sqnr_db"]) == (None, [0.5, None], None)


def test_an_epoch_without_validation_is_read_back_as_it_was() -> None:
    text = json_text(Epoch("whole", 1, 0.5, 0.75, math.nan, math.nan, 2.0))
    assert "NaN" not in text
    found = from_plain(Epoch, json_value(text))
    assert math.isnan(found.validation_loss)
    assert math.isnan(found.validation_accuracy)
    assert (found.loss, found.seconds) == (0.5, 2.0)


@given(value=PLAIN, ascii_only=st.booleans(), indent=st.none() | st.just(2))
def test_everything_else_is_as_it_was(value: object, ascii_only: bool, indent: int | None) -> None:
    text = json_text(value, ascii_only=ascii_only, indent=indent)
    assert text.endswith("\n")
    assert not ascii_only or text.isascii()
    assert strictly(text) == strictly(json.dumps(nulled(value)))


def nulled(value: object) -> object:
    if isinstance(value, dict):
        return {name: nulled(item) for name, item in value.items()}
    if isinstance(value, list):
        return [nulled(item) for item in value]
    return value if not isinstance(value, float) or math.isfinite(value) else None


def test_nothing_else_writes_json_for_others() -> None:
    assert {path.relative_to(PACKAGE).as_posix() for path in sorted(PACKAGE.rglob("*.py")) if any(lax_writers(path))} == set(NOT_FOR_OTHERS)


def lax_writers(path: Path) -> Iterator[ast.Call]:
    """Calls of json.dumps and json.dump that would write NaN."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("dump", "dumps"):
            owner = node.func.value
            strict = any(
                one.arg == "allow_nan" and isinstance(one.value, ast.Constant) and one.value.value is False for one in node.keywords
            )
            if isinstance(owner, ast.Name) and owner.id.startswith("json") and not strict:
                yield node
