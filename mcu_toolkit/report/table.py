"""Tables of plain text, for a terminal or a log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns as wide as their widest cell, numbers to the right; nothing for a table without rows."""
    if not rows:
        return []
    widths = [max(len(cell) for cell in column) for column in zip(headings, *rows, strict=True)]
    right = [all(_is_number(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [_line(row, widths, right) for row in (headings, *rows)]


def _line(cells: Iterable[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    columns = zip(cells, widths, right, strict=True)
    return "  ".join(f"{cell:>{width}}" if to_right else f"{cell:<{width}}" for cell, width, to_right in columns).rstrip()


def _is_number(cell: str) -> bool:
    return cell[:1].isdigit() or cell[:1] in ("-", "+")
