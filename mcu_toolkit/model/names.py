"""Names that may be written into C."""

from __future__ import annotations

import re

_MAX_LENGTH = 48
"""C99 promises 63 significant characters; the rest is left for prefixes and suffixes."""

_RESERVED = frozenset(
    """
    EOF I NULL alignas alignof and and_eq asm assert auto bitand bitor bool break case catch char char16_t char32_t char8_t class
    co_await co_return co_yield compl concept const const_cast consteval constexpr constinit continue decltype default delete do double
    dynamic_cast else enum errno explicit export extern false float for friend goto i386 if inline int linux long main mutable namespace
    new noexcept not not_eq nullptr offsetof operator or or_eq private protected public register reinterpret_cast requires restrict
    return short signed sizeof static static_assert static_cast stderr stdin stdout struct switch template this thread_local throw true
    try typedef typeid typename typeof typeof_unqual union unix unsigned using virtual void volatile wchar_t while xor xor_eq
    """.split()  # noqa: SIM905 - a list of 200 quoted words is no easier to read
)
"""Keywords of C and C++, `main`, and what headers and compilers define as macros: the generated C must compile as C++ too."""


def c_identifier(text: str) -> str:
    """A lower- or mixed-case identifier for C and C++ made from any text: letters, digits and single underscores.

    Never empty, a keyword, longer than 48 characters, or of a form that the standards reserve (leading or double underscore).
    Different texts can give the same identifier.
    """
    cleaned = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_")[:_MAX_LENGTH].rstrip("_")
    if not cleaned:
        return "model"
    if cleaned[0].isdigit():
        cleaned = f"m_{cleaned}"[:_MAX_LENGTH].rstrip("_")
    return f"m_{cleaned}" if cleaned in _RESERVED else cleaned
