"""Texts of the package as Markdown."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence


def prose(text: str) -> str:
    """A text of the program, on one line: what it has in backticks is code, and nothing else in it is markup."""
    parts = re.split(r"(`[^`]+`)", " ".join(text.split()))
    return "".join(code(part[1:-1]) if index % 2 else _escaped(part) for index, part in enumerate(parts))


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]|#~^])", r"\\\1", html.escape(text, quote=False))


def code(text: str) -> str:
    """`text` as code, also within a table."""
    shown = " ".join(text.split()).replace("|", "\\|")
    return f"`{shown}`" if "`" not in shown else f"`` {shown} ``"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


_ITEM = re.compile(r"(?:[-*+]|1[.)]) ")
_FENCE = ("```", "~~~")


def with_lists_apart(markdown: str) -> str:
    """`markdown` with an empty line before each list that follows a paragraph: CommonMark begins a list there, MkDocs' dialect does not."""
    lines: list[str] = []
    before, in_list, in_code = "", False, False
    for line in markdown.split("\n"):
        if line.startswith(_FENCE):
            in_code = not in_code
        begins = not in_code and _ITEM.match(line) is not None
        if begins and before.strip() and not in_list:
            lines.append("")
        in_list = begins or (in_list and bool(line.strip()))
        before = line
        lines.append(line)
    return "\n".join(lines)
