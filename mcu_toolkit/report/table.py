"""Tables of plain text, for a terminal or a log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_GAP = "  "


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], width: int | None = None, *, keys: int = 1) -> list[str]:
    """Columns as wide as their widest cell, numbers to the right; nothing for a table without rows.

    Where `width` is less than that, several tables one below the other, each with the first `keys` columns.
    """
    if not rows:
        return []
    widths = [max(len(cell) for cell in column) for column in zip(headings, *rows, strict=True)]
    right = [all(_is_number(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines: list[str] = []
    for shown in _groups(widths, width, keys):
        lines += [""] if lines else []
        lines += [_line([row[n] for n in shown], [widths[n] for n in shown], [right[n] for n in shown]) for row in (headings, *rows)]
    return lines


def _groups(widths: Sequence[int], width: int | None, keys: int) -> list[list[int]]:
    """The columns of each table, by their numbers: as many as `width` holds, at least one beside the keys."""
    if width is None or sum(widths) + len(_GAP) * (len(widths) - 1) <= width:
        return [list(range(len(widths)))]
    taken = sum(widths[:keys]) + len(_GAP) * (keys - 1)
    groups: list[list[int]] = []
    room = 0
    for number in range(keys, len(widths)):
        needed = len(_GAP) + widths[number]
        if not groups or needed > room:
            groups.append(list(range(keys)))
            room = width - taken
        groups[-1].append(number)
        room -= needed
    return groups or [list(range(len(widths)))]


def _line(cells: Iterable[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    columns = zip(cells, widths, right, strict=True)
    return _GAP.join(f"{cell:>{width}}" if to_right else f"{cell:<{width}}" for cell, width, to_right in columns).rstrip()


def _is_number(cell: str) -> bool:
    return cell[:1].isdigit() or cell[:1] in ("-", "+")
