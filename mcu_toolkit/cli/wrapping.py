"""Wraps lines for a terminal between words; continued lines are indented to the column where the text begins."""

from __future__ import annotations

import os
import re
import textwrap
from typing import TextIO

from mcu_toolkit.terminal_text import visible

_LABEL = re.compile(r" *\S+(?: \S+)*? {2,}")
"""A word or a few at the start of a line, and the gap to the next column."""
_DEEPEST = 26
_NARROWEST = 40


def fitted(text: str, stream: TextIO) -> str:
    """`text` with what a terminal would obey spelled out; for a terminal, its lines broken to the terminal's width."""
    text = visible(text)
    width = width_of(stream)
    if width is None:
        return text
    return "\n".join(fitted_line(line, width) for line in text.split("\n"))


def width_of(stream: TextIO) -> int | None:
    """Columns of the terminal that `stream` is; None where it is none, or narrower than anything could be fitted to."""
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):  # no terminal, or no file at all
        return None
    return columns if columns >= _NARROWEST else None


def fitted_line(line: str, width: int) -> str:
    """`line` broken between words to `width` columns; a word that is longer stays whole, so that it can be copied."""
    if len(line) <= width or width < _NARROWEST:
        return line
    start = len(line) - len(line.lstrip())
    label = _LABEL.match(line)
    indent = label.end() if label is not None and label.end() <= _DEEPEST else start + 2
    return textwrap.fill(
        line, width, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False, replace_whitespace=False
    )
