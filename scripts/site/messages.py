"""The page of all error messages, read from the package's source.

A message is a call of a class of `mcu_toolkit/errors.py` with a text in it.  What the program fills in stands in angle brackets.
"""

from __future__ import annotations

import ast
import inspect
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit import errors
from scripts.site.markdown import prose, table
from scripts.site.repository_links import ROOT

CLASSES = {name: one for name, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, errors.McuError)}
_UNKNOWN = "<...>"


@dataclass(frozen=True)
class Message:
    """One place that raises an error."""

    kind: str
    what: str
    expected: str
    hint: str


def page() -> str:
    """Messages by the part of the package that they come from."""
    by_part: dict[str, set[Message]] = {}
    for path in sorted((ROOT / "mcu_toolkit").rglob("*.py")):
        by_part.setdefault(_part(path), set()).update(messages_in(path.read_text(encoding="utf-8")))
    count = sum(map(len, by_part.values()))
    parts = [
        f"# Error messages\n\nThe {count:,} messages whose text stands in the package, by the part that they come from. "
        "`<...>` is filled in. Search for the words of yours; [troubleshooting](../how-to/troubleshooting/README.md) "
        "explains the most common ones. *exit* is the [exit code](reports.md#exit-codes). "
        "Messages of interpreters, compilers and PlatformIO are passed on as they are, and are not listed.\n"
    ]
    for part, messages in by_part.items():
        if messages:
            rows = [_row(message) for message in sorted(messages, key=lambda one: (one.what, one.kind, one.expected, one.hint))]
            parts += [f"## {part}\n", table(("message", "expected", "try", "exit"), rows)]
    return "\n".join(parts)


def _part(path: Path) -> str:
    inner = path.relative_to(ROOT / "mcu_toolkit").parts
    return inner[0] if len(inner) > 1 else "others"


def _row(message: Message) -> tuple[str, ...]:
    return prose(message.what), prose(message.expected), prose(message.hint), str(CLASSES[message.kind].exit_code)


def messages_in(source: str) -> Iterator[Message]:
    """The messages of one module whose text stands in it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CLASSES and node.args:
            keywords = {word.arg: word.value for word in node.keywords}
            texts = _unknown_name(node) if node.func.id == "UnknownNameError" else _texts(node.args[0])
            for what in texts:
                yield Message(node.func.id, what, _first(keywords.get("expected")), _first(keywords.get("hint")))


def _unknown_name(call: ast.Call) -> list[str]:
    """UnknownNameError makes its text from the kind of name."""
    return [f"unknown {kind} '<name>'" for kind in _texts(call.args[0])]


def _first(value: ast.expr | None) -> str:
    return " / ".join(_texts(value)) if value is not None else ""


def _texts(value: ast.expr) -> list[str]:
    """What an expression may say: several for a choice, none where the text comes from elsewhere."""
    if isinstance(value, ast.Constant):
        return [value.value] if isinstance(value.value, str) else []
    if isinstance(value, ast.JoinedStr):
        return ["".join(_piece(part) for part in value.values)]
    if isinstance(value, ast.IfExp):
        return [*_texts(value.body), *_texts(value.orelse)]
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        pairs = itertools.product(_texts(value.left) or [_UNKNOWN], _texts(value.right) or [_UNKNOWN])
        return [before + after for before, after in pairs if (before, after) != (_UNKNOWN, _UNKNOWN)]
    return []


def _piece(part: ast.expr) -> str:
    if isinstance(part, ast.FormattedValue):
        return f"<{_name(part.value)}>"
    return str(part.value) if isinstance(part, ast.Constant) else _UNKNOWN


def _name(value: ast.expr) -> str:
    """What is filled in, by the last name of the expression."""
    if isinstance(value, ast.Name):
        return value.id.strip("_").replace("_", " ")
    if isinstance(value, ast.Attribute):
        return value.attr.strip("_").replace("_", " ")
    if isinstance(value, ast.Call) and value.args:
        return _name(value.args[-1])
    if isinstance(value, ast.Call | ast.Subscript | ast.Starred):
        return _name(value.func if isinstance(value, ast.Call) else value.value)
    return "..."
