"""The font for words in pictures: Pillow's own for ASCII, DejaVu Sans from matplotlib, else one of this machine that has the letters.

Pillow's own font has no letter beyond ASCII; DejaVu Sans has those of European languages, Greek and Cyrillic, but no Chinese,
Japanese or Korean ones.  Fonts for those are tens of megabytes, so none is brought along.
"""

from __future__ import annotations

import importlib  # Pillow and matplotlib are read only where there is something to draw
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FACES = (".ttf", ".otf", ".ttc")


@dataclass(frozen=True)
class Lettering:
    """Words as they can be drawn."""

    font: Any
    """Pillow's."""
    words: str
    """What no font has is spelled out as in Python (`\\u732b`): boxes would make all such names alike."""


def lettering(words: str, size: int) -> Lettering:
    """A font of `size` pixels for `words`: the first one with all of their letters, else the one with most of them."""
    if words.isascii():
        return Lettering(_own(size), words)
    path, missing = _font_with(frozenset(words))
    font = _own(size) if path is None else _from_file(path, size)
    return Lettering(font, "".join(_spelled(letter) if letter in missing else letter for letter in words))


def _spelled(letter: str) -> str:
    return letter.encode("ascii", "backslashreplace").decode()


@cache
def _font_with(letters: frozenset[str]) -> tuple[Path | None, frozenset[str]]:
    """(a file with a font, the letters that it lacks); None: Pillow's own."""
    best: tuple[Path | None, frozenset[str]] = None, frozenset(letter for letter in letters if not letter.isascii())
    for path in _candidates():
        if not best[1]:
            break
        missing = letters - _letters_of(path)
        if len(missing) < len(best[1]):
            best = path, missing
    return best


def _candidates() -> Iterator[Path]:
    """DejaVu Sans first; then what is installed, regular faces before bold and slanted ones, in the order of their names."""
    try:
        matplotlib = importlib.import_module("matplotlib")
        manager = importlib.import_module("matplotlib.font_manager")
    except ImportError:  # mcu-toolkit-core comes without it
        return
    yield Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    installed = (Path(name) for name in manager.findSystemFonts())
    yield from sorted(
        (path for path in installed if path.suffix.lower() in _FACES), key=lambda path: ("regular" not in path.stem.lower(), path)
    )


@cache
def _letters_of(path: Path) -> frozenset[str]:
    """Empty for a file that FreeType cannot read."""
    fonts = importlib.import_module("matplotlib.ft2font")
    try:
        return frozenset(map(chr, fonts.FT2Font(str(path)).get_charmap()))
    except (RuntimeError, OSError, ValueError):
        return frozenset()


@cache
def _own(size: int) -> Any:
    return importlib.import_module("PIL.ImageFont").load_default(size)


@cache
def _from_file(path: Path, size: int) -> Any:
    return importlib.import_module("PIL.ImageFont").truetype(str(path), size)
