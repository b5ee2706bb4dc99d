"""Text that is not ours on its way to a terminal: what a terminal would obey, or would not show, is spelled out.

Device text, labels, names of files and tensors, and what libraries say may hold escape sequences (which move the cursor, set
the clipboard, answer in the user's name), letters that reverse a line, and letters nobody sees.  They are shown as in a C
string: `\\x1b[31m`, `\\u202e`.
"""

from __future__ import annotations

import re
from typing import Any, TextIO

_KEPT_IN_TEXT = "\n\t"
_BLANKS = "\u00a0\u3000"
"""Blanks that people write, and see."""
_INVISIBLE = re.compile("[\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]")
"""Letters by their class, with nothing to see; everything else of that kind is not printable to Python either."""


def visible(text: str) -> str:
    """`text` for a terminal; lines and tabs stay."""
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return "".join(letter if _is_harmless(letter, _KEPT_IN_TEXT) else _spelled(letter) for letter in text)


def visible_line(text: object) -> str:
    """The same for a part of a line, a name or a label: what would end the line is spelled out as well."""
    return "".join(letter if _is_harmless(letter, "") else _spelled(letter) for letter in str(text))


def visible_json(text: str) -> str:
    """A JSON text with the same value, in which such letters are escapes (they stand in strings only)."""
    return "".join(letter if _is_harmless(letter, _KEPT_IN_TEXT) else _json_escape(letter) for letter in text)


def _json_escape(letter: str) -> str:
    units = letter.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[place : place + 4]}" for place in range(0, len(units), 4))


def _is_harmless(letter: str, kept: str) -> bool:
    return (letter.isprintable() and not _INVISIBLE.match(letter)) or letter in kept or letter in _BLANKS


def _spelled(letter: str) -> str:
    known = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
    code = ord(letter)
    return known.get(letter) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")


class VisibleStream:
    """A text stream that shows everything written to it by `visible`: what a library prints past us is filtered as well."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write `text`, as far as the stream's own encoding has its letters."""
        shown = visible(text)
        try:
            self._stream.write(shown)
        except UnicodeEncodeError:
            self._stream.write(shown.encode("ascii", "backslashreplace").decode("ascii"))
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        """Write each of `lines`."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
